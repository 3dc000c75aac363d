"""JAFFE: ten women, each emotion two to four times, told by names such as KA.AN1.39.tiff."""

import re

from fer_core.data.card import Card
from fer_core.data.readers.layouts import label, make_rows
from fer_core.data.readers.names import named_images
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source

PEOPLE = ("KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM")
# Copies of the set have names with a dot too many, or without the number of the image.
NAME = re.compile(
    rf"(?P<person>{'|'.join(PEOPLE)})\.+(?P<emotion>AN|DI|FE|HA|NE|SA|SU)(?P<take>[1-9])"
    r"(?:\.+(?P<number>[0-9]{1,3}))?\.*"
)
LAYOUT = "images named as KA.AN1.39.tiff (person, emotion and take, number), in one folder"

CARD = Card(
    name="jaffe",
    title="JAFFE",
    citation=(
        "Lyons, M. J., Akamatsu, S., Kamachi, M., & Gyoba, J. (1998). Coding facial expressions "
        "with Gabor wavelets. FG 1998, 200-205; Lyons, M. J., Kamachi, M., & Gyoba, J. The "
        "Japanese Female Facial Expression (JAFFE) Dataset. doi:10.5281/zenodo.3451524"
    ),
    licence="non-commercial scientific research under the terms of the set; not to be passed on",
    labelled="by the emotion that was asked for; the person posed it",
    consent="unknown: they posed for the set; what they agreed to has not been read here",
    publishable=False,
    obtain="zenodo.org, doi:10.5281/zenodo.3451524, on request: the folder jaffe as it is",
    persons="known by the initials in the file name: as published 10 women",
    shows=(
        "posed photographs of Japanese women, Kyushu University, published 1998, front view, "
        "256 x 256 grey"
    ),
    problems=(
        "few images of few people: a test part shows two of them, intervals are very wide",
        "the label is the emotion that was posed; the ratings by 60 viewers that come with the set "
        "are not read",
        "the numbers in the names run to 219 with six gaps (counted from a public list of the "
        "names); names with a dot too many or without a number are understood, others are excluded "
        "as not understood",
        "one sex, one country, one studio: results do not carry over to other people",
    ),
    store_size=96,
    channels=1,
    faces="photo",
    person_space="jaffe",
    tested_on=(
        "a generated miniature with all 213 names of the distribution (from a public list of them)"
    ),
    test_split="made here: 20 %, seeded, stratified by emotion, no person in two parts",
)


def parse_name(stem: str) -> dict[str, str] | None:
    """Return the columns that a name such as KA.AN1.39 (any case) tells, or None."""
    match = NAME.fullmatch(stem.upper())
    if match is None:
        return None
    parts = (match["person"], match["emotion"] + match["take"], match["number"])
    return {
        "sample_id": ".".join(part for part in parts if part),
        "person": match["person"],
        **label(match["emotion"], "jaffe"),
        "take": match["take"],
    }


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per image; the person is the initials."""
    records = named_images(source, parse_name, LAYOUT, CARD.name)
    return Reading(make_rows(records, source, LAYOUT), source.read)
