"""A user's own images in class folders, with or without folders for the splits above them."""

from fer_core.data.card import Card
from fer_core.data.readers.layouts import below_root, class_folders, make_rows
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError

CARD = Card(
    name="folder",
    title="Class folders",
    citation="the owner of the images",
    licence="unknown: ask the owner of the images",
    consent="unknown: ask the owner of the images",
    publishable=False,
    obtain=(
        "a folder or zip archive with one folder per emotion, and optionally train/, val/ and "
        "test/ above"
    ),
    subjects="unknown",
    shows="unknown",
    problems=("the fixed central square of each image is used: no face is detected",),
    store_size=96,
    channels=None,
    tested_on="real and generated images in class folders",
    test_split=(
        "the folder test/ if there is one, else 20 % made here: seeded, stratified, copies and "
        "near copies kept together"
    ),
)


@register(CARD)
def read(source: Source) -> Reading:
    """One row per file of the class folders; all or none of these lie below a split folder."""
    rows = class_folders(source)
    without = rows["path"][rows["split"] == ""]
    if 0 < len(without) < len(rows):
        raise FerError(
            f"{source.path}: {without.iloc[0]} lies below no split folder, others do; put every "
            "class folder below train/, val/ or test/, or none"
        )
    rows["sample_id"] = below_root(rows["path"])
    return Reading(make_rows(rows, source, "one folder per emotion, named after it"), source.read)
