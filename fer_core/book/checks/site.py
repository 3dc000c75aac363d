"""What must be true of a built book, checked on its files: `fer check`."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from fer_core.book.checks.markup import page_faults
from fer_core.book.checks.origin import origin_faults
from fer_core.book.checks.outputs import output_faults
from fer_core.book.checks.policy import page_names
from fer_core.errors import FerError

START = "book/intro.html"
THEME_PAGES = {"index.html", "genindex.html", "search.html"}
LOADING = {"script", "img"}
LINK_LOADS = {"stylesheet", "icon", "preload"}
FILE_NAME = re.compile(r"^\S*[/.]\S*\.(png|svg|jpe?g|gif|webp)$", re.IGNORECASE)
MOST_IMAGES, MOST_PAGE = 1_000_000, 1_500_000  # bytes of a page
TRACEBACK = "Traceback (most recent call last)"


class SitePage(HTMLParser):
    """What one page loads, links to and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.assets: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str]] = []
        self.heading = ""
        self.failed_cell = False
        self.captions = 0
        self.sources = 0
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what an element loads, links to or shows."""
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "").split()
        if tag in LOADING and not values.get("src", "data:").startswith("data:"):
            self.assets.append(values["src"])
        if tag == "link" and values.get("rel") in LINK_LOADS:
            self.assets.append(values.get("href", ""))
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "img":
            self.images.append(values)
        self.failed_cell |= "traceback" in classes
        self.captions += tag in ("figcaption", "caption")
        self.sources += "fer-source" in classes
        if tag == "h1" and not self.heading:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Leave a heading."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep the text of the first heading."""
        if self._inside and data.strip() != "#":
            self.heading += data


@dataclass
class Site:
    """The files of a built book."""

    folder: Path

    @cached_property
    def pages(self) -> dict[str, SitePage]:
        """Every HTML page by its path in the site, except those of the theme's own files."""
        names = page_names(self.folder)
        return {
            name: SitePage((self.folder / name).read_text(encoding="utf-8", errors="replace"))
            for name in names
        }


def check_site(folder: Path, report: Path | None = None) -> list[str]:
    """Return one line per fault of the book in `folder`; none means that it may be published.

    `report` is the folder of generated chapters, whose sidecars say whose pixels a picture shows.
    """
    return [*unsafe(folder, report), *unfinished(folder)]


def unsafe(folder: Path, report: Path | None = None) -> list[str]:
    """Return one line per thing in a book that is not known to be allowed: a file of unknown
    origin, pixels without permission, markup or an output that no page needs."""
    site = _opened(folder)
    pages = [
        f"{name}: {fault}"
        for name, page in site.pages.items()
        for fault in dict.fromkeys(page_faults(page.text, name))
    ]
    notebooks = [
        f"{name}: {fault}"
        for name, fault in (output_faults(report) if report else ())
        if f"book/report/{name.removesuffix('.ipynb')}.html" in site.pages
    ]
    return [*origin_faults(folder, report), *pages, *notebooks]


def unfinished(folder: Path) -> list[str]:
    """Return one line per thing that a reader of the book would miss or stumble over."""
    site = _opened(folder)
    checks = (tracebacks, alternatives, strays, absent, unreachable, headings, captions, weights)
    return [fault for check in checks for fault in check(site)]


def _opened(folder: Path) -> Site:
    site = Site(folder)
    if START not in site.pages:
        raise FerError(f"{folder} holds no built book; build it first: fer book")
    return site


def tracebacks(site: Site) -> Iterator[str]:
    """Yield a line for each page that shows the error of a failed cell."""
    for name, page in site.pages.items():
        if page.failed_cell or TRACEBACK in page.text:
            yield f"{name}: shows a traceback; run its notebook again"


def alternatives(site: Site) -> Iterator[str]:
    """Yield a line for each image that has no alt text, or the name of a file for one."""
    for name, page in site.pages.items():
        for image in page.images:
            alt = image.get("alt", "").strip()
            if not alt or FILE_NAME.match(alt) or alt == image.get("src"):
                yield f"{name}: the image {image.get('src', '')[:80]} has no alt text but {alt!r}"


def strays(site: Site) -> Iterator[str]:
    """Yield a line for each page that is none of the book's, as one of the package or its tests."""
    for name in site.pages:
        if not name.startswith("book/") and name not in THEME_PAGES:
            yield f"{name}: is not a page of the book; keep only_build_toc_files in _config.yml"


def absent(site: Site) -> Iterator[str]:
    """Yield a line for each file that a page loads and that is not there."""
    for name, page in site.pages.items():
        for url in page.assets:
            target = _resolve(name, url)
            if target is not None and not (site.folder / target).is_file():
                yield f"{name}: loads {url}, which does not exist"


def unreachable(site: Site) -> Iterator[str]:
    """Yield a line for each link that does not arrive, and for each page that cannot be reached by
    links from the first one."""
    reached, waiting = {START}, [START]
    while waiting:
        name = waiting.pop()
        for link in site.pages[name].links:
            target = _resolve(name, link)
            if target is None or target in reached:
                continue
            if target in site.pages:
                reached.add(target)
                waiting.append(target)
            elif not (site.folder / target).exists():
                yield f"{name}: links to {link}, which does not exist"
    for name in sorted(set(site.pages) - reached - THEME_PAGES):
        yield f"{name}: cannot be reached from the table of contents"


def headings(site: Site) -> Iterator[str]:
    """Yield a line for the pages of the book that have no heading, and for those that share one."""
    named = defaultdict(list)
    for name, page in site.pages.items():
        if name not in THEME_PAGES:
            named[" ".join(page.heading.split())].append(name)
    for heading, names in named.items():
        if not heading:
            yield f"{', '.join(names)}: no heading"
        elif len(names) > 1:
            yield f"{', '.join(names)}: share the heading {heading!r}"


def captions(site: Site) -> Iterator[str]:
    """Yield a line for each chapter with captions that do not name their source."""
    for name, page in site.pages.items():
        if name.startswith("book/report/") and page.captions > page.sources:
            missing = page.captions - page.sources
            yield (
                f"{name}: {missing} of {page.captions} captions name no source; "
                "show figures and tables through fer_core.book.page"
            )


def weights(site: Site) -> Iterator[str]:
    """Yield a line for each page that is slow to load: itself, or all its images together."""
    for name, page in site.pages.items():
        sources = {_resolve(name, image.get("src", "")) for image in page.images}
        files = (site.folder / source for source in sources if source)
        images = sum(file.stat().st_size for file in files if file.is_file())
        if images > MOST_IMAGES:
            yield f"{name}: images of {images:,} bytes, more than {MOST_IMAGES:,}; show fewer"
        own = (site.folder / name).stat().st_size
        if own > MOST_PAGE:
            yield f"{name}: {own:,} bytes, more than {MOST_PAGE:,}; leave rows to the CSV files"


def _resolve(page: str, link: str) -> str | None:
    """Return the file in the site that a link means, or None for a link out of the book."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    joined: list[str] = []
    for part in (PurePosixPath(page).parent / unquote(parts.path)).parts:
        if part != "..":
            joined.append(part)
        elif joined:
            joined.pop()
    return "/".join(joined)
