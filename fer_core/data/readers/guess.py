"""What a source looks like, by its file names alone: the way out of a wrong `fer data add`."""

import re
from typing import NamedTuple

from fer_core.data.source import Source
from fer_core.errors import FerError


class Layout(NamedTuple):
    """One known way in which a data set is packed: it is there if any name matches `pattern`."""

    dataset: str
    title: str
    pattern: str


_WORDS = (
    "angry|anger|disgust(ed)?|fear(ful)?|happy|happiness|neutral(ity)?|sad(ness)?|surprised?"
    "|contempt"
)

# The telling ones first: the first that matches is named. Patterns ignore case.
LAYOUTS = (
    Layout("rafdb", "RAF-DB as distributed", r"(^|/)list_par?t[it]+ion_label\.txt$"),
    Layout("rafdb", "RAF-DB as Kaggle packs it", r"(^|/)(train|test)/[1-7]/[^/]*_aligned\.jpe?g$"),
    Layout("rafdb", "RAF-DB's aligned images", r"(^|/)(train|test)_\d+_aligned\.jpe?g$"),
    Layout("rafdb-original", "RAF-DB's original images", r"(^|/)original/(train|test)_\d+\.jpe?g$"),
    Layout("affectnet", "AffectNet with .npy annotations", r"(^|/)annotations/[^/]+_exp\.npy$"),
    Layout(
        "affectnet",
        "AffectNet with its CSV lists",
        r"(^|/)Manually_Annotated|(^|/)automatically_annotated\.csv$",
    ),
    Layout(
        "affectnet", "AffectNet in class folders", r"(^|/)(train|val)_class/|(^|/)class00[1-8]/"
    ),
    Layout("affectnet", "AffectNet in numbered class folders", r"(^|/)(train|val)(_set)?/0/[^/]+$"),
    Layout("affectnet", "AffectNet's CSV lists", r"(^|/)Manually_(training|validation)\.csv$"),
    Layout(
        "affectnet", "AffectNet in YOLO's format", r"(^|/)(train|valid|test)/labels/[^/]+\.txt$"
    ),
    Layout("expw", "ExpW as distributed", r"(^|/)label\.lst$"),
    Layout(
        "kdef",
        "KDEF by its file names",
        r"(^|/)[AB][FM]\d\d(AF|AN|DI|HA|NE|SA|SU)(S|HL|HR|FL|FR)\.jpe?g$",
    ),
    Layout(
        "ckplus48",
        "Kaggle's CK+48",
        rf"(^|/)ckextended\.csv$|(^|/)({_WORDS})/S\d{{3}}_\d{{3}}_\d{{8}}\.png$",
    ),
    Layout(
        "ckplus",
        "CK+ as distributed",
        r"(^|/)cohn-kanade-images/|(^|/)S\d+_\d+_\d+_emotion\.txt$",
    ),
    Layout("ckplus", "CK+ by its file names", r"(^|/)S\d{3}_\d{3}_\d{8}\.png$"),
    Layout(
        "jaffe",
        "JAFFE by its file names",
        r"(^|/)[A-Z]{2}\.+(AN|DI|FE|HA|NE|SA|SU)\d?\.+\d+\.(tiff?|png|jpe?g)$",
    ),
    Layout("emognition", "Emognition by its clips", r"(ENTHUSIASM|AMUSEMENT|LIKING)(_|/|$)"),
    Layout("ferplus", "FER+ with its votes", r"(^|/)fer2013new\.csv$"),
    Layout("fer2013", "FER2013 as CSV", r"(^|/)(fer2013|icml_face_data)\.csv$"),
    Layout(
        "fer2013",
        "FER2013 by its file names",
        r"(^|/)((Training|PublicTest|PrivateTest)_\d+|fer\d{7})\.(jpe?g|png)$",
    ),
    Layout(
        "fer2013", "FER2013 in class folders", rf"(^|/)(public|private)_?test/({_WORDS})/[^/]+$"
    ),
    Layout("muxspace", "muxspace with its legend", r"(^|/)legend\.csv$"),
    Layout("london", "the London set with its table", r"(^|/)london_info\.csv$"),
    Layout("btfer", "a set made by `fer data balance`", r"(^|/)sheet\.csv$"),
    Layout("nhfi", "NHFI in class folders", r"(^|/)neutrality/[^/]+$"),
    Layout("folder", "class folders named after emotions", rf"(^|/)({_WORDS})/[^/]+$"),
)


def guess_layout(source: Source, *other_than: str) -> str:
    """Return the best guess, as "RAF-DB as Kaggle packs it; use `fer data add rafdb`", or "".

    Layouts of the data sets `other_than` are not considered.
    """
    names = source.names()
    for layout in LAYOUTS:
        pattern = re.compile(layout.pattern, re.IGNORECASE)
        if layout.dataset not in other_than and any(map(pattern.search, names)):
            return f"{layout.title}; use `fer data add {layout.dataset}`"
    return ""


def wrong_layout(source: Source, expected: str, dataset: str = "") -> FerError:
    """Return the error of a reader (of `dataset`) that lacks the `expected` files in `source`."""
    return FerError(f"{source.path} does not hold {expected}{looks_like(source, dataset)}")


def looks_like(source: Source, *other_than: str) -> str:
    """Return the end of an error's line: "; this looks like ...", or "" without a guess."""
    guess = guess_layout(source, *other_than)
    return f"; this looks like {guess}" if guess else ""
