"""Face Research Lab London Set: the same people neutral and smiling."""

from pathlib import PurePosixPath

from fer_core.data.card import Card
from fer_core.data.readers.layouts import class_folder_rows, read_table
from fer_core.data.readers.people import in_our_words
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source

TABLE = "london_info.csv"
FACTS = {"face_age": "age", "face_gender": "gender", "face_eth": "ethnicity"}

CARD = Card(
    name="london",
    title="Face Research Lab London Set",
    short="London",
    citation=(
        "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
        "doi:10.6084/m9.figshare.5047666.v5"
    ),
    licence="CC-BY-4.0",
    labelled="by what was asked for: a neutral face, and a smile, which is taken as happy",
    consent=(
        "given: all signed that their images may be used in studies and to illustrate research, in "
        "scientific journals, news media or presentations (figshare page of the set)"
    ),
    publishable=True,
    obtain=(
        "figshare, doi:10.6084/m9.figshare.5047666.v5: frontal images in folders neutral/ and "
        "smiling/"
    ),
    persons=(
        "known: each once neutral and once smiling; age, gender and ethnicity as stated by them"
    ),
    shows="posed studio photographs, 2012, front view, even light, colour",
    problems=(
        "two of the seven emotions only: neutral and happy",
        "posed, frontal and evenly lit: much easier than photographs from the street",
        "the crop is one fixed box for all images, chosen by eye so that the face fills the "
        "frame about as "
        "in FER2013: no face is detected",
    ),
    store_size=96,
    channels=3,
    crop=(0.285, 0.31, 0.715, 0.74),
    person_space="london",
    tested_on="one archive of the folders neutral and smiling, JPEG files, with london_info.csv",
    test_split="the whole set is a test set",
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per image; the person is the number before the underscore of the file name."""
    rows = class_folder_rows(source, "folders neutral and smiling")
    facts = _facts(source)
    person = [PurePosixPath(path).stem.split("_")[0] for path in rows["path"]]
    rows = rows.assign(person=person, split="test", source_split="")
    for fact in FACTS.values():
        rows[fact] = [facts.get(person, {}).get(fact, "") for person in rows["person"]]
    rows, notes = in_our_words(rows, CARD.name)
    return Reading(rows, source.read, notes=notes)


def _facts(source: Source) -> dict[str, dict[str, str]]:
    """Read age, gender and ethnicity by person; {} when the table is absent."""
    name = source.find(TABLE)
    if name is None:
        return {}
    table = read_table(source, name, ("face_id", *FACTS))
    table = table.rename(columns=FACTS)[["face_id", *FACTS.values()]]
    return {row.pop("face_id"): row for row in table.to_dict("records")}  # type: ignore[misc]
