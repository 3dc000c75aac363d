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
    records = class_folders(source)
    without = [record["path"] for record in records if not record["split"]]
    if 0 < len(without) < len(records):
        raise FerError(
            f"{source.path}: {without[0]} lies below no split folder, others do; put every class "
            f"folder "
            "below train/, val/ or test/, or none"
        )
    ids = below_root(record["path"] for record in records)
    for record in records:
        record["sample_id"] = ids[record["path"]]
    return Reading(
        make_rows(records, source, "one folder per emotion, named after it"), source.read
    )
