"""What the theme and its extensions write that some readers cannot use, mended in every page.

`tests/book/browser` finds what is left, also after an upgrade: WCAG 2.1, levels A and AA.
"""

from pathlib import Path

from fer_core.book.checks.policy import page_names

MENDED = {
    # The theme knows no mode "" and says so in the console of each reader who comes first.
    'localStorage.getItem("mode") || ""': 'localStorage.getItem("mode") || "auto"',
    # A role that ARIA gave up; its list allows no other children than items.
    ' role="doc-biblioentry"': ' role="listitem"',
    # A toggle beside the page that shows an arrow and no word.
    '<summary><span class="toctree-toggle"': (
        '<summary aria-label="Pages of this chapter"><span class="toctree-toggle"'
    ),
    # A name that is not what stands on the button: who says what they read does not find it. The
    # titles of the three pictures are read as words, all at once.
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'data-mode="light" title="Light"': 'data-mode="light"',
    'data-mode="dark"  title="Dark"': 'data-mode="dark"',
    'data-mode="auto"  title="System Settings"': 'data-mode="auto"',
    '<button class="btn search-button-field search-button__button pst-js-only"'
    ' title="Search" aria-label="Search"': (
        '<button class="btn search-button-field search-button__button pst-js-only" title="Search"'
    ),
}


def mend(site: Path) -> None:
    """Mend every page of a built book, before it gets its policy."""
    for name in page_names(site):
        file = site / name
        text = file.read_text(encoding="utf-8")
        for written, wanted in MENDED.items():
            text = text.replace(written, wanted)
        file.write_text(text, encoding="utf-8")
