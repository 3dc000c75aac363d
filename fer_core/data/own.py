"""What the owner of a folder says of it: persons, labels, words, terms. Readers know their own."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from fer_core.data.card import Card
from fer_core.data.registry import get_entry, list_datasets
from fer_core.emotions import to_emotion
from fer_core.errors import FerError
from fer_core.paths import expand

FOLDER = "folder"  # the reader that takes them
TERMS = ("title", "citation", "licence", "publishable")  # the others decide the rows
ALLOWED = "not stated; whoever added the set has permission to show its faces"

Line = Annotated[str, AfterValidator(lambda text: " ".join(text.split()))]
Words = Annotated[tuple[str, ...], AfterValidator(lambda words: tuple(sorted(set(words))))]


class Own(BaseModel):
    """What somebody says of a folder of their own; each is left out by default.

    `person` is a regular expression: its first group, or the whole match, in a picture's path
    below the folder is the person, whatever a table says. `labels` is the path of a CSV, from here
    or within the folder, with the columns path and label, and person and split if need be. `map`
    says which emotion a folder's name or a label means, `skip` which of them have none: their
    pictures are excluded. `all_test` puts every picture into the test part; `unlabelled` says that
    no picture has a label. `title`, `citation`, `licence` and `publishable`, the permission to show
    faces, go into the card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line = ""
    citation: Line = ""
    licence: Line = ""
    publishable: bool = False
    person: str = ""
    labels: str = ""
    map: dict[str, str] = {}
    skip: Words = ()
    all_test: bool = False
    unlabelled: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """What was said, as JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def rows(self) -> dict[str, Any]:
        """Return what of `given` decides the rows, beside the content of `labels`; {} for none.

        Plans hash it, and with it the name that `person` had before.
        """
        rows = {key: value for key, value in self.given.items() if key not in (*TERMS, "labels")}
        return {"subject" if key == "person" else key: value for key, value in rows.items()}

    def meanings(self) -> dict[str, str]:
        """Return the emotion, or the reason to exclude (of `to_emotion`), that each word of `map`
        means, by the word in small letters."""
        return {folded(word): to_emotion(emotion) for word, emotion in self.map.items()}


def recorded(said: Mapping[str, Any], where: str) -> Own:
    """Return the Own that a record at `where` keeps; FerError where that is damaged."""
    try:
        return Own.model_validate(said)
    except ValidationError as error:
        raise FerError(
            f"{where} is damaged: {error.errors()[0]['msg']}; add the set again"
        ) from None


def folded(word: str) -> str:
    """Return a word so that case and surrounding spaces do not matter."""
    return word.strip().casefold()


def checked(own: Own, reader: str) -> Own:
    """Return `own` with the whole path of `labels`; FerError where the reader takes none, or two
    things said exclude each other."""
    if not own.given:
        return own
    if reader != FOLDER:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in own.given)
        raise FerError(
            f"{names}: only `fer data add folder` takes that; the reader {reader} knows labels, "
            "persons and terms of its set itself"
        )
    try:
        re.compile(own.person)
    except re.error as error:
        raise FerError(
            f"--person {own.person!r} is not a regular expression ({error}); one that takes the "
            r"first folder of a path as the person is '^([^/]+)/'"
        ) from error
    both = {folded(word) for word in own.skip} & set(own.meanings())
    if both:
        raise FerError(f"--map and --skip both name {min(both)!r}; leave out one of them")
    if own.unlabelled and (own.labels or own.map):
        raise FerError("--unlabelled says that there is no label; leave out --labels and --map")
    table = expand(own.labels)
    if own.labels and table.is_file():  # the steps of a plan may run in another folder
        return own.model_copy(update={"labels": str(table.absolute())})
    return own


def own_card(card: Card, own: Own, persons: int) -> Card:
    """Return the card of a folder as its owner has it; `persons` is how many of them are known."""
    said = _terms(card.name, own)
    if persons:
        how = f"read from the paths by {own.person}" if own.person else "as a table of them says"
        said["persons"] = f"{persons:,} known, {how}"
    if own.unlabelled:
        said["test_split"] = "none: no picture has a label, so none can be scored"
    elif own.all_test:
        said["test_split"] = "every picture"
    return card.model_copy(update=said)


def current_card(card: Card, reader: str, own: Mapping[str, Any]) -> Card:
    """Return the stored card of a prepared set with the prose and permissions of its reader's
    card as they are today, and the terms that the owner of a folder has given; without that
    reader, as it is."""
    if reader not in list_datasets():
        return card
    kept = {"name", "store_size", "channels"}
    if reader != FOLDER:
        return get_entry(reader).card.model_copy(update=card.model_dump(include=kept))
    kept |= {"persons", "test_split"}
    said = _terms(card.name, recorded(own, f"the record of {card.name}"))
    return get_entry(reader).card.model_copy(update=card.model_dump(include=kept) | said)


def _terms(name: str, own: Own) -> dict[str, Any]:
    said = {"title": name} | {key: value for key, value in own.given.items() if key in TERMS}
    return {"licence": ALLOWED, **said} if own.publishable else said
