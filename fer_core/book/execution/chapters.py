"""The chapters of the book: what the headers of the notebooks say of them, and who gets which."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, StrictInt, ValidationError, field_validator, model_validator

from fer_core import paths
from fer_core.book.execution.needs import NEEDS
from fer_core.book.prose.markdown import plain
from fer_core.errors import FerError, unknown
from fer_core.facts import first_fault
from fer_core.names import Name
from fer_core.recipe_parts import FROZEN
from fer_core.study import Study
from fer_core.yaml_files import parse_yaml

STUDY, BOOK = "study", "book"
HEADER = re.compile(r"# ---\n((?:#.*\n)*?)# ---\n")
WAY_OUT = "copy the header of notebooks/travel.py, or say `chapter: false` in it"


class Chapter(BaseModel):
    """A chapter: made once for each study that has what it needs, or once for the whole book."""

    model_config = FROZEN

    name: Name = Field(description="of its notebook, its page and its files")
    title: str = Field(min_length=1, description="its heading")
    order: StrictInt = Field(description="its place among the chapters of its scope")
    scope: str = Field(description="study: one for each; book: one for all")
    needs: tuple[str, ...] = Field((), description="names in `fer_core.book.execution.needs.NEEDS`")

    @field_validator("scope")
    @classmethod
    def _scope_is_known(cls, scope: str) -> str:
        if scope not in (STUDY, BOOK):
            raise unknown("scope", scope, (STUDY, BOOK))
        return scope

    @model_validator(mode="after")
    def _needs_are_known(self) -> "Chapter":
        for need in self.needs:
            if need not in NEEDS:
                raise unknown("need", need, NEEDS)
        if self.needs and self.scope == BOOK:
            raise ValueError("a chapter of the whole book needs nothing of a study")
        return self


def read_chapters(scope: str | None = None) -> dict[str, Chapter]:
    """Return the chapters of `notebooks/` by name in reading order, all or those of one scope.

    A notebook that does not say whether it is a chapter is an error; so are a wrong header, and two
    chapters with one title, or with one order in the same scope.
    """
    files = sorted(paths.notebooks_dir().glob("*.py"))
    found = [chapter for chapter in map(_read, files) if chapter]
    for one, other in combinations(found, 2):
        if one.title == other.title:
            raise _doubled(one, other, f"title {one.title!r}")
        if (one.scope, one.order) == (other.scope, other.order):
            raise _doubled(one, other, f"order {one.order}")
    found.sort(key=lambda chapter: (chapter.scope != BOOK, chapter.order))
    return {chapter.name: chapter for chapter in found if scope in (None, chapter.scope)}


def chapters_of(study: Study) -> dict[str, Chapter]:
    """Return the chapters that a study gets: those of which it has what they need."""
    return {name: one for name, one in read_chapters(STUDY).items() if not lacking(one, study)}


def lacking(chapter: Chapter, study: Study) -> str:
    """Say why a study does not get a chapter; "" where it does."""
    return "; ".join(filter(None, (NEEDS[need](study) for need in chapter.needs)))


def about_left_out(study: Study) -> str:
    """Say in Markdown which chapters a study does not get, and why; "" if it gets all."""
    reasons = {one.title: lacking(one, study) for one in read_chapters(STUDY).values()}
    told = [f"*{plain(title)}* ({plain(why)})" for title, why in reasons.items() if why]
    return f"Chapters left out of this study: {', '.join(told)}." if told else ""


def get_chapter(name: str, scope: str) -> Chapter:
    """Return a chapter of this scope; FerError where there is none of this name."""
    chapters = read_chapters()
    if name in chapters and chapters[name].scope != scope:
        way_out = f"fer chapter {name}" if scope == STUDY else f"fer chapter STUDY {name}"
        whose = "the whole book" if scope == STUDY else "a study"
        raise FerError(f"{name} is a chapter of {whose}; run: {way_out}")
    if name not in chapters:
        raise unknown("chapter", name, chapters)
    return chapters[name]


def _read(file: Path) -> Chapter | None:
    """Return the chapter that a notebook is; None where it says that it is none."""
    where = f"notebooks/{file.name}"
    found = HEADER.match(file.read_text(encoding="utf-8", errors="replace"))
    text = "".join(line[2:] or "\n" for line in found[1].splitlines(True)) if found else ""
    header: Any = parse_yaml(text, f"the header of {where}")
    jupyter = header.get("jupyter") if isinstance(header, dict) else None
    facts = jupyter.get("chapter") if isinstance(jupyter, dict) else None
    if facts is False:
        return None
    if not isinstance(facts, dict):
        raise FerError(f"{where} does not say in its header what chapter it is; {WAY_OUT}")
    try:
        return Chapter.model_validate({**facts, "name": file.stem})
    except FerError as error:
        raise FerError(f"{where}: {error}") from error
    except ValidationError as error:
        raise FerError(f"{where}: chapter: {first_fault(error)}; mend its header") from error


def _doubled(one: Chapter, other: Chapter, what: str) -> FerError:
    return FerError(
        f"notebooks/{one.name}.py and notebooks/{other.name}.py both have the {what}; change one"
    )
