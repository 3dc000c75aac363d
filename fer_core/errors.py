"""Failures that a user can mend, told in one line."""

from collections.abc import Iterable
from difflib import get_close_matches

FEW = 12
LONG = 100  # characters of a name that are looked at and shown


class FerError(Exception):
    """A failure with its cause and the way out in one line; printed without a traceback."""


class UnknownNameError(FerError):
    """A name that no registry, study or folder knows."""


def unknown(kind: str, name: str, valid: Iterable[str]) -> UnknownNameError:
    """Return the error for an unknown `name`: the nearest valid names, then all if they are few.

    >>> str(unknown("emotion", "hapy", ["happy", "sad"]))
    "unknown emotion 'hapy'; did you mean happy? valid: happy, sad"
    """
    names = sorted(set(valid))
    name = str(name) if len(str(name)) <= LONG else f"{str(name)[:LONG]}..."
    near = get_close_matches(name, names, n=5, cutoff=0.5)
    if not names:
        return UnknownNameError(f"unknown {kind} {name!r}; there is none yet")
    parts = [f"unknown {kind} {name!r}"]
    if near:
        parts.append(f"did you mean {' or '.join(near)}?")
    if len(names) <= FEW:
        hint = f"valid: {', '.join(names)}"
        parts = ["; ".join(parts) + " " + hint] if near else [*parts, hint]
    elif not near:
        parts.append(f"{len(names)} names are valid, such as {', '.join(names[:5])}")
    return UnknownNameError("; ".join(parts))
