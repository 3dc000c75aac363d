"""The options of `fer data` that say what a folder of one's own holds, and on what terms."""

from typing import TYPE_CHECKING, Annotated

import typer

from fer_core.errors import FerError

if TYPE_CHECKING:
    from fer_core.data.own import Own

Title = Annotated[str | None, typer.Option(help="Own folder: its title [its name].")]
Citation = Annotated[str | None, typer.Option(help="Own folder: whom to name for it.")]
Licence = Annotated[str | None, typer.Option(help="Own folder: its licence.")]
Publishable = Annotated[
    bool, typer.Option("--publishable", help="Own folder: its faces may be shown in the book.")
]
Person = Annotated[
    str | None,
    typer.Option(
        help="Own folder: a regular expression that finds the person in a picture's path, as its "
        "first group or whole match."
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        help="Own folder: a CSV of labels with the columns path (or file, image) and label (or "
        "emotion), and person (or subject) and split if need be."
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map", help="Own folder: what a folder's name or a label means, as smile=happy; repeat."
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(help="Own folder: a folder's name or a label whose pictures are excluded."),
]
AllTest = Annotated[
    bool, typer.Option("--all-test", help="Own folder: every picture is a test picture.")
]
Unlabelled = Annotated[
    bool,
    typer.Option("--unlabelled", help="Own folder: no picture has a label; none is scored."),
]


def make_own(
    title: str | None,
    citation: str | None,
    licence: str | None,
    publishable: bool,
    person: str | None,
    labels: str | None,
    words: list[str] | None,
    skip: list[str] | None,
    all_test: bool,
    unlabelled: bool,
) -> "Own":
    """Return what the options say; FerError where `words` is no list of word=emotion."""
    from fer_core.data.own import Own

    meanings: dict[str, str] = {}
    for text in words or []:
        word, equals, emotion = text.rpartition("=")
        if not (word.strip() and equals and emotion.strip()):
            raise FerError(f"--map {text!r} is no pair; write it as smile=happy")
        if meanings.get(word, emotion) != emotion:
            raise FerError(f"--map gives {word} two meanings, {meanings[word]} and {emotion}")
        meanings[word] = emotion
    return Own(
        title=title or "",
        citation=citation or "",
        licence=licence or "",
        publishable=publishable,
        person=person or "",
        labels=labels or "",
        map=meanings,
        skip=tuple(skip or ()),
        all_test=all_test,
        unlabelled=unlabelled,
    )
