"""The git checkout that the code runs from, where it is one."""

import subprocess

from fer_core import paths

CODE = ("fer_core", "notebooks", "recipes", "searches", "studies")


def head() -> str:
    """Return the hash of the checkout's commit, or "" outside of git."""
    return _git("rev-parse", "HEAD")


def is_changed() -> bool:
    """Return whether the code differs from the commit."""
    return bool(_git("status", "--porcelain", "--", *CODE))


def _git(*arguments: str) -> str:
    try:
        command = ["git", "-C", str(paths.root()), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
