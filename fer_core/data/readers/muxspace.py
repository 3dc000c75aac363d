"""muxspace/facial_expressions: news photographs with the names of LFW, and one table of labels."""

import re
from pathlib import PurePosixPath

from fer_core.data.card import Card
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, label, make_rows, read_table
from fer_core.data.readers.names import listed_only
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError

TABLE = "legend.csv"

CARD = Card(
    name="muxspace",
    title="muxspace facial expressions",
    citation=(
        "Rowe, B. L. Y. muxspace/facial_expressions, github.com/muxspace/facial_expressions; "
        "images named "
        "as in Labeled Faces in the Wild: Huang, G. B., et al. (2007), UMass Amherst TR 07-49"
    ),
    licence="repository Apache-2.0; images unclear: news photographs",
    consent="not asked: news photographs of public figures",
    publishable=False,
    obtain=(
        "github.com/muxspace/facial_expressions: the folders images/ and data/ as a folder or "
        "zip archive"
    ),
    subjects="known: the person's name is in the file name",
    shows="news photographs of public figures, 350 x 350 grey, spontaneous and posed",
    problems=(
        "only 12 disgust and 12 fear: their recalls have very wide intervals (counted from the "
        "files)",
        "9 images of contempt are excluded (counted from the table)",
        "each image was labelled by one person (the column user.id)",
        "the archive that was read holds every minority class, but 1,500 happy and 1,500 "
        "neutral only",
    ),
    store_size=96,
    channels=1,
    identities="lfw-names",
    tested_on="the distributed files",
    test_split="the whole set is a test set",
)


@register(CARD)
def read(source: Source) -> Reading:
    """One row per line of legend.csv and per image without a line; the subject is the name."""
    name = source.find(TABLE)
    if name is None:
        raise FerError(f"{source.path} lacks data/{TABLE}; {CARD.obtain}")
    table = read_table(source, name, ("image", "emotion"))
    paths = {PurePosixPath(path).name: path for path in source.names(*IMAGE_SUFFIXES)}
    if table["image"].duplicated().any():
        twice = table["image"][table["image"].duplicated()].iloc[0]
        raise FerError(f"{source.path}: {name} lists {twice} twice; delete one line")
    labels = {word: label(word) for word in sorted(set(table["emotion"]))}
    # a listed image that is absent keeps a path that does not exist: packing reports it
    records = [
        {"path": paths.pop(image, f"images/{image}"), **labels[word]}
        for image, word in zip(table["image"], table["emotion"], strict=True)
    ]
    records += [{"path": path, "emotion": "", "excluded": "no label"} for path in paths.values()]
    for record in records:
        stem = PurePosixPath(record["path"]).stem
        record |= {"sample_id": stem, "subject": re.sub(r"_\d+$", "", stem), "split": "test"}
    return Reading(make_rows(records, source, f"images/ and data/{TABLE}"), listed_only(source))
