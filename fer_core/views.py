"""Views: how test images are shown to a trained net. A view is an axis of every prediction."""

import re
from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from fer_core.errors import UnknownNameError, unknown

CLEAN, MIRROR, SIDE = "clean", "mirror", "side-<pixels>"
SMALLEST, LARGEST = 16, 1024  # side of an input, pixels
_PIXELS = re.compile(r"side-([1-9][0-9]*)")

VIEWS = {
    CLEAN: "the stored image, resized to the net's own input",
    MIRROR: "the mean of the probabilities for the image and for its mirror image",
    SIDE: "the stored image, resized to an input of <pixels> pixels instead",
}


class Showing(NamedTuple):
    """One look at an image: the side of the input in pixels, None for the net's own,
    and whether it is mirrored."""

    side: int | None = None
    mirrored: bool = False


def showings(view: str) -> tuple[Showing, ...]:
    """Return what a net looks at in a view; its answer is the mean of the probabilities.

    - `clean`: the image as training's validation shows it.
    - `mirror`: the image, and the image turned left to right.
    - `side-<pixels>`, from 16 to 1024: the same weights at another input resolution. The stored
      image is resized once, from its stored side to <pixels> (bilinear, antialiased where it
      shrinks), and the net takes an input of that side. It is not reduced and enlarged again, and
      nothing of the net is resized or trained: a net with a fixed input has no such view.

    Another name is an UnknownNameError with the valid ones.
    """
    if view == CLEAN:
        return (Showing(),)
    if view == MIRROR:
        return (Showing(), Showing(mirrored=True))
    side = _PIXELS.fullmatch(view)
    if side and SMALLEST <= int(side[1]) <= LARGEST:
        return (Showing(side=int(side[1])),)
    limits = {SIDE: f" from {SMALLEST} to {LARGEST}"}
    raise unknown("view", view, [name + limits.get(name, "") for name in VIEWS])


def other_view(view: str) -> str:
    """Return ` (view <name>)` for a title or a sentence; nothing for `clean`, as readers expect."""
    return "" if view == CLEAN else f" (view {view})"


def passes(views: Iterable[str]) -> tuple[Showing, ...]:
    """Return the showings of several views, each once: how often a net sees every image."""
    return tuple(dict.fromkeys(one for view in views for one in showings(view)))


def sides_of(view: str) -> list[int]:
    """Return the sides that a view sets, in pixels; none where it is the net's own input."""
    return [one.side for one in showings(view) if one.side is not None]


def about_views(views: Iterable[str]) -> str:
    """Say in words what the views are: `mirror: the mean of …; side-64: the stored image …`."""
    return "; ".join(f"{view}: {_words(view)}" for view in views)


def _words(view: str) -> str:
    if view in VIEWS:
        return VIEWS[view]
    family, _, number = view.rpartition("-")
    name = next(name for name in VIEWS if name.startswith(f"{family}-<"))
    return VIEWS[name].replace(name.removeprefix(f"{family}-"), number)


def _known_views(views: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for view in views:
            showings(view)
    except UnknownNameError as error:
        raise ValueError(str(error)) from error
    if CLEAN not in views:
        raise ValueError(f"{CLEAN} is missing: ranks and every other view are compared with it")
    return views


Views = Annotated[tuple[str, ...], AfterValidator(_known_views)]
