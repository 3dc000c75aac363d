"""The content security policy of every page: only scripts that the theme is known to have may run.

A second wall behind `fer_core.book.checks`: whatever slips through is shown, but does not run and
loads nothing from elsewhere. It holds for pages opened from a folder, too.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

# Scripts that the theme writes into each page, by their SHA-256. When an upgrade of the theme
# changes one, `fer check` prints the new hash: read the script, then name it here. One is as
# `fer_core.book.execution.mend` leaves it.
THEME_SCRIPTS = {
    "106c447dcd608b15dad87e7b5eb68c6bffe814ac7de9515fdb3f3ebcfeaa4aed",  # light or dark, as mended
    "d32b2040e449378eff1144e08560f56138c457526e8782801b83dea0f3d18039",  # words of a toggle
    "a47df2b7dda5850345056b78bd738bc125814ca0ecaf2af5fffea420c0e51b69",
    "16a7e2af3147b51ac036776bb7d2c586f8ee240bbaf8dbb4e92e92cc67c796f1",  # open when printed
    "2343be2e4601753ad76c8e764653fd3be4b4689f4d3e052b07939a0693f6b870",  # what toggles
    "e39ada5c9c21545b0622be77f9b1238433e261bfb8d215ab3cc1cd9e59a344ba",  # no search while typing
    "98dc83e96438bca1a6b5b7f6324e91323328ee4e886f8c3373a6f57ef6205471",  # the search page's field
}
PAGE_NAME = "DOCUMENTATION_OPTIONS.pagename = '{}';"
INLINE = re.compile(r"<script(?: data-cfasync=\"false\")?>(.*?)</script>", re.DOTALL)
# A kernel for live code, from another host; the theme brings it though the book has no button.
LIVE_CODE = re.compile(
    r"\s*<script>(?:const THEBE_JS_URL = |kernelName = )[^<]*</script>|"
    r'\s*<script type="text/x-thebe-config">[^<]*</script>|'
    r'\s*<script async="async" src="[^"<>]*sphinx-thebe\.js[^"<>]*"></script>'
)
CHARSET = '<meta charset="utf-8" />'
START = '<meta http-equiv="Refresh" content="0; url=book/intro.html" />'
META = '<meta http-equiv="Content-Security-Policy" content="{}" />'


def is_known(script: str, page: str) -> bool:
    """Say whether a script inside `page`, a path in the site, is one of the theme's."""
    own = PAGE_NAME.format(page.removesuffix(".html"))
    return script == own or hashlib.sha256(script.encode()).hexdigest() in THEME_SCRIPTS


def policy(text: str, page: str) -> str:
    """Return the policy of a page: its known scripts by hash, everything else from the book."""
    scripts = dict.fromkeys(script for script in INLINE.findall(text) if is_known(script, page))
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *(f"'sha256-{value}'" for value in hashes))),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        )
    )


def sealed(text: str, page: str) -> str:
    """Return the HTML of a page with its policy, and without the theme's unused live code."""
    text = LIVE_CODE.sub("", text)
    if text.strip() == START:
        return META.format(policy(text, page)) + START
    return text.replace(CHARSET, CHARSET + META.format(policy(text, page)), 1)


def seal(site: Path) -> None:
    """Give every page of a built book its policy."""
    for name in page_names(site):
        file = site / name
        file.write_text(sealed(file.read_text(encoding="utf-8"), name), encoding="utf-8")


def page_names(site: Path) -> Iterator[str]:
    """Yield the HTML pages of a site but for the files of its theme."""
    for file in sorted(site.rglob("*.html")):
        name = file.relative_to(site).as_posix()
        if not name.startswith("_static/"):
            yield name
