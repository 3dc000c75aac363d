"""muxspace/facial_expressions: photographs named after the person, and one table of labels."""

import re
from pathlib import PurePosixPath

import pandas as pd

from fer_core.data.card import Card
from fer_core.data.readers.layouts import (
    IMAGE_SUFFIXES,
    below_root,
    label_columns,
    make_rows,
    read_table,
)
from fer_core.data.readers.names import listed_only
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError

TABLE = "legend.csv"
CONTRADICT = "labels contradict"
NUMBERED = re.compile(r"(.+)_\d+$")  # Al_Gore_0002: the person and a number

CARD = Card(
    name="muxspace",
    title="muxspace facial expressions",
    short="muxspace",
    citation=(
        "Rowe, B. L. Y. muxspace/facial_expressions, github.com/muxspace/facial_expressions; "
        "images named "
        "as in Labeled Faces in the Wild: Huang, G. B., et al. (2007), UMass Amherst TR 07-49"
    ),
    licence="repository Apache-2.0; images unclear: news photographs",
    labelled="several people, mostly one for each image (the column user.id)",
    consent="not asked: news photographs of public figures",
    publishable=False,
    obtain=(
        "github.com/muxspace/facial_expressions: the folders images/ and data/ as a folder or "
        "zip archive"
    ),
    persons="known where the file name ends with a number: what stands before it names the person",
    shows=(
        "news photographs of public figures and film stills, spontaneous and posed, stored grey: "
        "those in colour lose it"
    ),
    problems=(
        "disgust, fear and contempt are rare: their recalls have very wide intervals",
        "contempt is excluded",
        "several people wrote the labels (the column user.id), mostly one for each image; an image "
        "that is listed again with another meaning is excluded as 'labels contradict'",
        "what the whole repository holds has not been counted here: archives of a part of it "
        "are about",
    ),
    store_size=96,
    channels=1,
    person_space="lfw-names",
    tested_on=(
        "one archive with a part of the repository (legend.csv and the grey photographs that it "
        "lists), and a generated miniature of the whole one: images listed twice, words in "
        "capitals, colour stills; not the whole repository"
    ),
    test_split="the whole set is a test set",
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per image of legend.csv and per image without a line; the person is the name.

    Lines that repeat what an image shows are merged; an image whose lines contradict each other is
    excluded. Where the images lie in a folder `images`, others are not read.
    """
    name = source.find(TABLE)
    if name is None:
        raise FerError(f"{source.path} lacks data/{TABLE}; {CARD.obtain}")
    table = read_table(source, name, ("image", "emotion"))
    labels = label_columns(source, name, table["emotion"])
    lines = table["emotion"].groupby(table["image"].str.strip(), sort=False).agg(list)
    paths, notes = _images(source)
    # a listed image that is absent keeps a path that does not exist: packing reports it
    records = [
        {
            "path": paths.pop(str(image), f"images/{image}"),
            **_label([labels[word] for word in words]),
        }
        for image, words in lines.items()
    ]
    records += [{"path": path, "emotion": "", "excluded": "no label"} for path in paths.values()]
    ids = below_root(PurePosixPath(record["path"]).name for record in records)
    for record, sample_id in zip(records, ids, strict=True):
        numbered = NUMBERED.match(PurePosixPath(record["path"]).stem)
        person = numbered[1] if numbered else ""
        record |= {"sample_id": sample_id, "person": person, "split": "test"}
    rows = make_rows(records, source, f"images/ and data/{TABLE}")
    return Reading(rows, listed_only(source), notes=(*notes, *_repeated(name, lines, rows)))


def _images(source: Source) -> tuple[dict[str, str], list[str]]:
    """Return paths by file name, of the folder `images` if there is one; and what is left aside."""
    paths = source.names(*IMAGE_SUFFIXES)
    inside = [path for path in paths if PurePosixPath(path).parent.name == "images"]
    used = inside or paths
    left = len(paths) - len(used)
    notes = [f"not read, because outside the folder images: {left:,}"] if left else []
    return {PurePosixPath(path).name: path for path in used}, notes


def _label(lines: list[dict[str, str]]) -> dict[str, str]:
    """Return the label columns of an image from those of its lines."""
    if len({(line["emotion"], line["excluded"]) for line in lines}) == 1:
        return lines[0]
    words = " / ".join(dict.fromkeys(line["source_label"] for line in lines))
    return {"source_label": words, "emotion": "", "excluded": CONTRADICT}


def _repeated(name: str, lines: pd.Series, rows: pd.DataFrame) -> list[str]:
    """Return what is to be said of images with several lines."""
    several = int((lines.str.len() > 1).sum())
    if not several:
        return []
    apart = int((rows["excluded"] == CONTRADICT).sum())
    return [
        f"images listed more than once in {name}: {several:,}, of which {several - apart:,} with "
        f"one meaning (merged) and {apart:,} with several (excluded as {CONTRADICT!r})"
    ]
