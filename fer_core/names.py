"""Names of models, data sets and studies: one pattern, so that a name is safe as a folder, in an
address and on a page."""

import re
from typing import Annotated

from pydantic import AfterValidator

from fer_core.errors import FerError

LONGEST = 64
RESERVED = ("data", "raters", "search")  # folders of a study's results that are no model's
PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*")


def is_name(name: str) -> bool:
    """Say whether a text is a name: small letters, digits, `_`, `-` and single dots inside."""
    return len(name) <= LONGEST and PATTERN.fullmatch(name) is not None


def require_name(name: str, kind: str = "name") -> str:
    """Return a name; a FerError says what is wrong with a text that is none."""
    if not is_name(name):
        raise FerError(f"the {kind} {_fault(name)}")
    return name


def _valid(name: str) -> str:
    if not is_name(name):
        raise ValueError(_fault(name))
    return name


def _fault(name: str) -> str:
    shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
    return (
        f"{shown!r} is no name here: at most {LONGEST} small letters, digits, '_', '-' and single "
        f"dots, as my-faces.v2"
    )


Name = Annotated[str, AfterValidator(_valid)]


def _of_a_model(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"no model can be called {name!r}: results keep other things there")
    return name


ModelName = Annotated[Name, AfterValidator(_of_a_model)]
