import subprocess

import pytest

from fer_core import checkout
from fer_core.training import provenance


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def git(*arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True)

    (tmp_path / "fer_core").mkdir()
    (tmp_path / "fer_core" / "a.py").write_text("1\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    return tmp_path


def test_a_clean_checkout_is_named_by_its_commit(repository):
    assert len(checkout.head()) == 40
    assert provenance.commit() == checkout.head()


def test_changed_code_is_told(repository):
    (repository / "fer_core" / "a.py").write_text("2\n")
    assert provenance.commit() == checkout.head() + "+changes"


def test_changed_results_are_not_changed_code(repository):
    (repository / "results").mkdir()
    (repository / "results" / "run.json").write_text("{}")
    assert provenance.commit() == checkout.head()


def test_without_git_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert checkout.head() == ""
    assert provenance.commit() == "unknown"
