"""What the HTML of a page may be made of; everything else is refused.

Pages are read by a grammar narrower than HTML's: each `<` begins a tag, a comment or the doctype,
names are lower case, values stand in double quotes. So a browser finds the same tags as this check,
and a tag that is not on the lists does not exist.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from html import unescape

from fer_core.book.checks.drawing import STYLE as SHEET
from fer_core.book.checks.drawing import drawing_faults
from fer_core.book.checks.policy import META, START, is_known, policy

ELEMENTS = (
    "a", "abbr", "article", "aside", "b", "blockquote", "body", "br", "caption", "cite", "code",
    "col", "colgroup", "dd", "del", "details", "dfn", "dialog", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
    "hr", "html", "i", "img", "input", "kbd", "li", "link", "main", "mark", "meta", "nav",
    "noscript", "ol", "p", "pre", "s", "samp", "script", "section", "small", "span", "strong",
    "style", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time",
    "title", "tr", "u", "ul", "var", "button"
)  # fmt: skip
ANYWHERE = {"id", "class", "title", "role", "lang", "style"}
ATTRIBUTES: dict[str, set[str]] = {name: set() for name in ELEMENTS}
ATTRIBUTES["a"] |= {"href", "download"}
ATTRIBUTES["img"] |= {"src", "alt", "width", "height"}
ATTRIBUTES["link"] |= {"href", "rel", "type", "as"}
ATTRIBUTES["script"] |= {"src", "defer", "data-cfasync", "data-sd-tabs-storage-prefix"}
ATTRIBUTES["style"] |= {"scoped"}
ATTRIBUTES["meta"] |= {"charset", "name", "content", "http-equiv"}
ATTRIBUTES["form"] |= {"action", "method"}
ATTRIBUTES["input"] |= {"type", "name", "placeholder", "autocomplete", "autocorrect"}
ATTRIBUTES["input"] |= {"autocapitalize", "spellcheck"}
ATTRIBUTES["html"] |= {"data-content_root"}
ATTRIBUTES["body"] |= {"data-default-mode"}
ATTRIBUTES["i"] |= {"data-mode"}
ATTRIBUTES["button"] |= {"type", "data-bs-placement", "data-bs-toggle", "data-bs-title"}
ATTRIBUTES["div"] |= {"data-ea-publisher", "data-ea-type", "data-ea-manual"}
ATTRIBUTES["details"] |= {"open"}
ATTRIBUTES["ol"] |= {"start", "type"}
ATTRIBUTES["table"] |= {"border"}
# A drawing in a page: lines and dots in percent of its width, in the colours of our style sheet.
ATTRIBUTES["svg"] = {"width", "height"}
ATTRIBUTES["line"] = {"x1", "x2", "y1", "y2"}
ATTRIBUTES["circle"] = {"cx", "cy", "r"}
ATTRIBUTES["g"] = set()
MOST_MARKS = 40
for _name in ("td", "th"):
    ATTRIBUTES[_name] |= {"colspan", "rowspan", "scope"}
ARIA = re.compile(r"aria-[a-z]+")
METAS = {"viewport", "docsearch:language", "docsearch:version", "docbuild:last-update", "generator"}

TOKEN = re.compile(
    r"<!--(?!-?>)(?:(?!--!?>).)*-->|<!DOCTYPE html>|</[a-z][a-z0-9]*>"
    r"|<(?P<start>[a-z][a-z0-9]*)"
    r"(?P<attributes>(?:[ \t\r\n]+[a-z_][a-z0-9_:-]*(?:=\"[^\"<>]*\")?)*)[ \t\r\n]*/?>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"[ \t\r\n]+([a-z_][a-z0-9_:-]*)(?:=\"([^\"<>]*)\")?")
RAW = {"script", "style"}  # their text is no markup; a page's own may only be one that is known

PLACE = re.compile(r"-?\d+(?:\.\d+)?%?")
INSIDE = re.compile(r"(?:\.\.?/)*[\w-][\w./-]*(?:\?[\w=.-]*)?(?:#[\w.:-]*)?|#[\w.:-]*")
OUTSIDE = re.compile(r"https?://[\w-]+(?:\.[\w-]+)+(?:[/?#][^\s\"'<>]*)?")
DRAWING = "data:image/svg+xml;base64,"
WIDTHS = re.compile(r"(?:(?:width|height): \d+px;|text-align: (?:left|right|center);|\s)*")
RELATIONS = {"stylesheet", "icon", "index", "search", "next", "prev", "preload"}
# Longer than any name, path or hash of ours, shorter than the smallest picture spelled in letters.
LONG = re.compile(r"[^\s,<>\"]{600}")
MOST_CELLS = 10_000


def page_faults(text: str, name: str) -> Iterator[str]:
    """Yield what a page, a path in the site and its HTML, holds that no page of a book needs."""
    start = META.format(policy("", name)) + START
    if name == "index.html":
        if text != start:
            yield "holds more than the way to the first page"
        return
    place, cells, marks, sealed, own = 0, 0, 0, False, policy(text, name)
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            end = text.find("<", place)
            if end == place:
                yield f"holds {text[place : place + 40]!r}, which is no tag of a page"
                return
            end = len(text) if end < 0 else end
            if long_word(text[place:end]):
                yield f"holds {long_word(text[place:end])[:40]!r} and more without a blank: no text"
            place = end
            continue
        place = token.end()
        tag = token["start"]
        if not tag:
            continue
        values = [(key, unescape(value)) for key, value in ATTRIBUTE.findall(token["attributes"])]
        yield from _tag_faults(tag, values, sealed, own)
        sealed |= ("http-equiv", "Content-Security-Policy") in values
        cells = 0 if tag == "table" else cells + (tag in ("td", "th"))
        marks = 0 if tag == "svg" else marks + (tag in ("line", "circle"))
        if marks == MOST_MARKS + 1:
            yield f"holds a drawing of more than {MOST_MARKS} marks"
        if cells == MOST_CELLS + 1:
            yield f"holds a table of more than {MOST_CELLS:,} cells"
        if tag in RAW:
            end = text.find(f"</{tag}>", place)
            if end < 0:
                yield f"holds <{tag}> without an end"
                return
            yield from _raw_faults(tag, dict(values), text[place:end], name)
            place = end
    if not sealed:
        yield "has no content security policy"


def _tag_faults(tag: str, values: list[tuple[str, str]], sealed: bool, own: str) -> Iterator[str]:
    if tag not in ATTRIBUTES:
        yield f"holds <{tag}>"
        return
    if tag in RAW and not sealed:
        yield f"holds <{tag}> before its content security policy"
    for key, value in values:
        if key not in ATTRIBUTES[tag] | ANYWHERE and not ARIA.fullmatch(key):
            yield f"holds <{tag} {key}>"
        elif not _is_allowed(tag, key, value, dict(values), own):
            yield f"holds <{tag} {key}={value[:80]!r}>"


def _is_allowed(tag: str, key: str, value: str, values: dict[str, str], own: str) -> bool:
    """Say whether an attribute that a tag may have has a value that it may have."""
    if key == "style":
        return WIDTHS.fullmatch(value) is not None
    if tag in ("svg", "line", "circle") and key in ATTRIBUTES[tag]:
        return PLACE.fullmatch(value) is not None
    if tag == "a" and key == "href":
        return bool(INSIDE.fullmatch(value) or OUTSIDE.fullmatch(value))
    if tag == "img" and key == "src" and value.startswith(DRAWING):
        return not list(_inner_faults(value))
    if key in ("href", "src", "action"):
        return INSIDE.fullmatch(value) is not None
    if tag == "link" and key == "rel":
        return value in RELATIONS
    if tag == "meta" and key == "http-equiv":
        return value == "Content-Security-Policy" and values.get("content") == own
    if tag == "meta" and key == "name":
        return value in METAS
    if tag == "input" and key == "type":
        return value in ("search", "checkbox", "radio")
    return not LONG.search(value)


def _inner_faults(source: str) -> Iterator[str]:
    try:
        content = base64.b64decode(source.removeprefix(DRAWING), validate=True)
    except binascii.Error:
        yield "is not readable as a drawing"
        return
    yield from drawing_faults(content)


def _raw_faults(tag: str, values: dict[str, str], content: str, name: str) -> Iterator[str]:
    """Yield a script of a page that is not the theme's, or a style that could load a file."""
    if tag == "style":
        if not SHEET.fullmatch(content):
            yield f"holds the style {content.strip()[:80]!r}"
    elif "src" in values:
        if content.strip():
            yield "holds a script with both a file and a text"
    elif not is_known(content, name):
        yield f"holds a script that is not the theme's: {content.strip()[:80]!r}"


def long_word(text: str) -> str:
    """Return the start of the first word that is longer than any of ours, or nothing."""
    found = LONG.search(text)
    return found[0] if found else ""
