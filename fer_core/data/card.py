"""The card of a data set: what it is, where it comes from, what may be shown of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Box = tuple[float, float, float, float]


class Card(BaseModel):
    """Facts about one data set; kept inside its `dataset.json`.

    `short` is how tables write it, where that is not its title.
    `publishable` is the only permission to show a pixel of the set in the book.
    `consent` is what the set's own source says of the depicted persons' consent: "given: ...", "not
    asked: ...", "not needed: ..." or "unknown: ...".
    `labelled` is who gave the labels, and how.
    `crop` is (left, top, right, bottom) in fractions of the central square of each image.
    `faces` says how the face of an image is found: it is not, the image is taken as it is
    ("aligned"), by a box per row ("box"), or by looking for it in the photograph ("photo").
    `persons` says who is shown, as far as that is known. `person_space` names the name space of
    the index's `person`: persons are compared between two data sets only where both have the same
    one. `tested_on` says which files the reader has been seen to read.
    `sources` names the data sets that a compiled set consists of.
    `generated` holds the arguments of a generated set (for example its n and seed).
    Raise `version` whenever the reader or the generator gives other rows or pixels than before:
    what was prepared by an earlier version is then not used any more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    short: str = ""
    citation: str
    licence: str
    publishable: bool
    obtain: str
    persons: str
    shows: str
    consent: str = "unknown"
    labelled: str = "unknown"
    problems: tuple[str, ...] = ()
    store_size: int
    channels: int | None  # 1 grey, 3 colour, None: grey if every image is grey
    crop: Box | None = None
    faces: Literal["aligned", "box", "photo"] = "aligned"
    person_space: str = ""
    tested_on: str = ""
    sources: tuple[str, ...] = ()
    test_split: str
    generated: dict[str, int] | None = None
    version: int = 1
