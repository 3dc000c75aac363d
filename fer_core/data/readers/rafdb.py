"""RAF-DB, the basic part: the official list beside its images, or Kaggle's numbered folders."""

import pandas as pd

from fer_core.data.card import Card
from fer_core.data.official import Official
from fer_core.data.readers.layouts import check_counts, make_rows
from fer_core.data.readers.names import listed_only
from fer_core.data.readers.people import in_our_words
from fer_core.data.readers.rafdb_files import (
    LAYOUT,
    Records,
    no_list,
    numbered,
    official_lists,
    read_folders,
    read_list,
)
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError

# Counted from the official list; they agree with the paper's totals of 12,271 and 3,068.
OFFICIAL = {
    "train": {
        "surprise": 1290,
        "fear": 281,
        "disgust": 717,
        "happy": 4772,
        "sad": 1982,
        "angry": 705,
        "neutral": 2524,
    },
    "test": {
        "surprise": 329,
        "fear": 74,
        "disgust": 160,
        "happy": 1185,
        "sad": 478,
        "angry": 162,
        "neutral": 680,
    },
}

CARD = Card(
    name="rafdb",
    title="RAF-DB (basic, aligned)",
    citation=(
        "Li, S., Deng, W., & Du, J. (2017). Reliable crowdsourcing and deep locality-preserving "
        "learning for expression recognition in the wild. CVPR 2017. doi:10.1109/CVPR.2017.277"
    ),
    licence=(
        "non-commercial research and education only, on request; the authors do not own the images "
        "(read me of the distribution)"
    ),
    labelled="about forty crowd-sourced annotators for each image, combined, as published",
    consent="not asked: the photographs were collected from the web",
    publishable=False,
    obtain=(
        "ask the authors at whdeng.cn/RAF/model1.html, with an academic address; unpack the inner "
        "archives (Image/aligned.zip, Annotation/manual.zip) where they lie"
    ),
    persons=(
        "unknown: nobody is named, the same person may appear several times; gender, race "
        "and age group as seen by annotators, where Annotation/manual is there"
    ),
    shows=(
        "faces from the web, 2017, any pose and light, aligned by eyes and mouth, 100 x 100 "
        "colour; the single-label part, as published 15,339 of 29,672 images"
    ),
    problems=(
        "three incompatible splits are in use: the official one (published: 12,271/3,068), a 70/30 "
        "mix (published: 10,733/4,606) and an 80/10/10 mix with other sets; only the names of the "
        "official one are read here: numbers on the others do not compare",
        "a published compilation has official test images in its training part; here the file "
        "name (train_ or test_) decides, whatever folder an image lies in",
        "fear is rare, so its recall has a wide interval",
        "disgust and anger are almost equally frequent in the test part and easily swapped: a "
        "released confusion matrix has the two names the wrong way round",
        "no validation part: a tenth of the training part is taken, seeded",
        "some aligned images were wrong before version 1.1 (June 2018) of the distribution",
        "gender, race and age group are what annotators saw, in three, three and five classes",
    ),
    store_size=100,
    channels=3,
    faces="aligned",
    tested_on=(
        "generated miniatures of the distributed layout and of Kaggle's; uncertain: the folder of "
        "the unpacked images (found by name at any depth) and the white space in the attributes"
    ),
    test_split=(
        "the images named test_, official where all of them are there; a tenth of train_ is the "
        "validation part"
    ),
)
ORIGINAL = CARD.model_copy(
    update={
        "name": "rafdb-original",
        "title": "RAF-DB (basic, original photographs)",
        "obtain": CARD.obtain.replace(
            "Image/aligned.zip, Annotation/manual.zip",
            "Image/original.zip, Annotation/manual.zip, Annotation/boundingbox.zip",
        ),
        "shows": (
            "photographs from the web, 2017, any pose and light, sometimes several people; the "
            "single-label part, as published 15,339 of 29,672 images"
        ),
        "faces": "photo",
        "store_size": 112,
        "tested_on": (
            "a generated miniature of the distributed layout; uncertain: the bounding boxes are "
            "taken as left, top, right, bottom in pixels, as published code does"
        ),
    }
)


def _part(index: pd.DataFrame) -> pd.Series:
    """Return the official part of every row, which its id tells."""
    return index["sample_id"].str.extract(r"^(train|test)_\d+$")[0].fillna("").astype("str")


BY_NAME = Official(
    OFFICIAL, _part, {"train": "training", "test": "test"}, "a name as test_0001_aligned"
)


@register(CARD, BY_NAME)
def read(source: Source) -> Reading:
    """Read the aligned images with `gender`, `race` and `age_group` ("" where not given)."""
    lists, folders = official_lists(source), numbered(source)
    if lists and folders:
        raise FerError(
            f"{source.path} holds RAF-DB twice: {lists[0]} as distributed and {folders[0]} as "
            "Kaggle packs it; give the folder of one of them"
        )
    if lists:
        return _finish(source, read_list(source, lists[0], aligned=True))
    if folders:
        return _finish(source, read_folders(source, folders))
    raise no_list(source)


@register(ORIGINAL, BY_NAME)
def read_original(source: Source) -> Reading:
    """Read the original photographs, with the face's box where Annotation/boundingbox is there."""
    lists = official_lists(source)
    if not lists:
        raise no_list(source)
    return _finish(source, read_list(source, lists[0], aligned=False))


def _finish(source: Source, records: Records) -> Reading:
    rows = make_rows(records, source, LAYOUT)
    official = rows.assign(source_split=rows["split"])
    for part, counts in OFFICIAL.items():
        check_counts(source, official, part, counts)
    rows, notes = in_our_words(rows, CARD.name)
    return Reading(rows, listed_only(source), notes=notes)
