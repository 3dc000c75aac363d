"""KDEF: session, sex, person, emotion and angle, all told by a name such as AF01ANS.JPG."""

import re
from functools import partial

from fer_core.data.card import Card
from fer_core.data.readers.layouts import label, make_rows
from fer_core.data.readers.names import named_images
from fer_core.data.readers.people import in_our_words
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source

NAME = re.compile(
    r"(?P<session>[AB])(?P<sex>[FM])(?P<number>0[1-9]|[12][0-9]|3[0-5])"
    r"(?P<emotion>AF|AN|DI|HA|NE|SA|SU)(?P<angle>S|HL|HR|FL|FR)"
)
LAYOUT = (
    "images named as AF01ANS.JPG (session A or B, sex, person 01 to 35, emotion, angle), in one "
    "folder per person or all in one"
)
ANGLES = {
    "kdef": ("S", "HL", "HR"),
    "kdef-frontal": ("S",),
    "kdef-all": ("S", "HL", "HR", "FL", "FR"),
}
USED = {
    "kdef": "straight and half profile: 2,940 of the 4,900 images",
    "kdef-frontal": "straight only: 980 of the 4,900 images",
    "kdef-all": "all five angles: 4,900 images",
}
TITLES = {
    "kdef": "KDEF (straight and half profile)",
    "kdef-frontal": "KDEF (straight)",
    "kdef-all": "KDEF (all angles)",
}


def _card(name: str) -> Card:
    return Card(
        name=name,
        title=TITLES[name],
        citation=(
            "Lundqvist, D., Flykt, A., & Öhman, A. (1998). The Karolinska Directed Emotional Faces "
            "- KDEF. CD ROM, Department of Clinical Neuroscience, Psychology section, Karolinska "
            "Institutet. ISBN 91-630-7164-9"
        ),
        licence=(
            "free for non-commercial research, by the agreement on kdef.se; not to be passed on"
        ),
        labelled="by the emotion that was asked for; the actor posed it",
        consent=(
            "unknown: amateur actors who posed for the set; what they agreed to has not been read "
            "here"
        ),
        publishable=False,
        obtain=(
            "kdef.se, 'Download', after filling in the form: the folder KDEF of KDEF_and_AKDEF as "
            f"a folder or zip archive. Used of it: {USED[name]}"
        ),
        persons=(
            "known by the name: AF01 and BF01 are one person in two sessions; as published 70 "
            "amateur actors, 35 women and 35 men of 20 to 30 years; gender is the sex in the name"
        ),
        shows=(
            "posed studio photographs, 1998, 562 x 762 colour, seven emotions, five angles, two "
            "sessions, even light, grey T-shirts, no beards, glasses or earrings"
        ),
        problems=(
            "two files of the usual distribution, AF31V.JPG and AM31H.JPG, carry no whole name and "
            "are excluded as not understood; public scripts rename them to AF31SAHL and AM31SUHR: "
            "a guess that is left to the user",
            "about ten images are reported to be black in the usual distribution (AF01SUFR, "
            "AF10AFFR, AF11NEHL, AF20DIHL, AM25DIFL, AM34DIFR, BF13NEHR, BM21DIFL, BM22DIHL, "
            "BM24DIFL; lists in public repositories): screening flags what is dark or flat",
            "averaged faces (AKDEF) in the same folder are no people: excluded as not understood",
            "split by image, every person is in every part: a published pipeline did so, and had "
            "a third of its KDEF images twice (recounted from its notebooks); here no person is in "
            "two parts",
            "posed and evenly lit: much easier than photographs from the street",
        ),
        store_size=96,
        channels=3,
        faces="photo",
        person_space="kdef",
        tested_on="a generated miniature of the distributed layout",
        test_split="made here: 20 %, seeded, stratified by emotion, no person in two parts",
        version=2,  # `gender` instead of `sex`
    )


def parse_name(stem: str) -> dict[str, str] | None:
    """Return the columns that a name such as AF01ANS (any case) tells, or None.

    The person is sex and number, as F01: both sessions show the same people.
    """
    match = NAME.fullmatch(stem.upper())
    if match is None:
        return None
    return {
        "sample_id": match[0],
        "person": match["sex"] + match["number"],
        **label(match["emotion"], "kdef"),
        "session": match["session"],
        "gender": match["sex"],
        "angle": match["angle"],
    }


def read(source: Source, angles: tuple[str, ...]) -> Reading:
    """Read one row per image; those of other angles than `angles` are excluded with their angle."""
    records = named_images(source, parse_name, LAYOUT, "kdef")
    for record in records:
        if not record["excluded"] and record["angle"] not in angles:
            record["excluded"] = f"angle {record['angle']}"
    rows, notes = in_our_words(make_rows(records, source, LAYOUT), "kdef")
    return Reading(rows, source.read, notes=notes)


for _name, _angles in ANGLES.items():
    register(_card(_name))(partial(read, angles=_angles))
