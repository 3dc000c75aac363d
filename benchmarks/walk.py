"""Three ways through the package: which functions one reads, and how often one has to go back.

    python benchmarks/walk.py

- `picture`: from `fer data add` to the file of all pixels of a store
- `recipe`: from the study file of a run to the optimiser of its first phase
- `number`: from the predictions on disk to the scores that `fer scores` prints

A stop is a function of ours that is handed what the way is about, or gives it back: a picture as
its path or folder, a source, a reading, a plan, a row, bytes, an image or pixels; a recipe as a
study, a part of a recipe or what trains by it; a number as a table of predictions, an outcome or a
score. It counts once, when it is first entered; what is nested in a function counts as a part of
it. A return is a change to a file that was met before: from one stop back to the caller of the
next one, where that is in another file, and from there to the next one. Prints each stop with its
returns, and the sums.
"""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

import fer_core
from fer_core import cli
from fer_core.cli import add, grid  # noqa: F401  (imported late otherwise, no part of the way)
from fer_core.data.registry import list_datasets

OURS = str(Path(fer_core.__file__).parent)
NAME = "1.png"
PICTURE = {"Source", "Reading", "Plan", "Row", "Opened", "PackedRow", "Image"}
RECIPE = {"Study", "ModelSpec", "Recipe", "Phase", "Optimizer", "Job", "Phases", "State"}
NUMBER = {"StudyResult", "Outcome", "Scored", "Estimate", "Images", "Rows"}
STUDY = """
title: Small
models: {net: {backbone: test_resnet, input_size: 48}}
train: [phantom-lab]
test: [phantom-lab]
leaks: {phantom-lab: drop}
recipe: {images: 140, batch_size: 32, epochs: 1}
"""

Stop = tuple[str, str]  # file, function


class Step(NamedTuple):
    """A stop, and how many returns lie between the stop before and it."""

    file: str
    function: str
    returns: int


def is_of(value: Any, kinds: set[str]) -> bool:
    """Whether a value is of one of these classes, by name, or of one that is made of them."""
    return not kinds.isdisjoint(c.__name__ for c in type(value).__mro__)


def of_picture(value: Any) -> bool:
    """Whether a value has something of the picture."""
    if isinstance(value, str | PurePath):
        return NAME in str(value) or str(value).startswith(os.environ["PICTURES"])
    if isinstance(value, np.ndarray):
        return value.ndim > 2
    if isinstance(value, pd.Series):
        return value.name == "path"
    if isinstance(value, pd.DataFrame):
        return "path" in value
    return isinstance(value, bytes) or is_of(value, PICTURE)


def of_recipe(value: Any) -> bool:
    """Whether a value has something of the recipe."""
    if isinstance(value, dict):
        return not {"recipe", "phases", "optimizer", "lr"}.isdisjoint(map(str, value))
    return is_of(value, RECIPE)


def of_number(value: Any) -> bool:
    """Whether a value has something of the predictions, or of a score of them."""
    if isinstance(value, pd.DataFrame):
        return not {"p_angry", "accuracy"}.isdisjoint(map(str, value))
    return is_of(value, NUMBER)


@dataclass
class Walk:
    """Notes every call of ours: who is called, by whom, and whether it has what is followed."""

    has: Callable[[Any], bool]
    last: str  # the function with whose end the way ends
    calls: list[dict[str, Any]] = field(default_factory=list)
    stacks: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    over: bool = False

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        """Take what the interpreter tells of a call or of its end."""
        code = frame.f_code
        if self.over or not code.co_filename.startswith(OURS) or code.co_name.startswith("<"):
            return
        main = self.stacks.setdefault(threading.main_thread().ident or 0, [])
        stack = self.stacks.setdefault(threading.get_ident(), list(main))  # a thread's caller waits
        if event == "call":
            given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            call = {
                "stop": (os.path.relpath(code.co_filename, OURS), code.co_qualname),
                "caller": stack[-1] if stack else None,
                "carries": any(self.carries(frame.f_locals.get(name)) for name in given),
            }
            self.calls.append(call)
            stack.append(call)
        elif event == "return" and stack:
            stack[-1]["carries"] |= self.carries(value)
            self.over = stack.pop()["stop"][1] == self.last

    def carries(self, value: Any, deep: bool = True) -> bool:
        """Whether a value, or one of the first in it, has something of what is followed."""
        if self.has(value):
            return True
        if deep and isinstance(value, list | tuple | dict):
            values = list(value.values() if isinstance(value, dict) else value)[:8]
            return any(self.carries(one, deep=False) for one in values)
        return False


def caller_of(call: dict[str, Any]) -> Stop | None:
    """Return the nearest function on the way from which a call came."""
    above = call["caller"]
    while above and not (above["carries"] and "<locals>" not in above["stop"][1]):
        above = above["caller"]
    return above["stop"] if above else None


def follow(walk: Walk, act: Callable[[], object]) -> Walk:
    """Do something, in silence, while a walk takes notes; return the walk."""
    with (
        contextlib.suppress(SystemExit),
        open(os.devnull, "w") as nobody,
        contextlib.redirect_stdout(nobody),
    ):
        threading.setprofile(walk)
        sys.setprofile(walk)
        try:
            act()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return walk


def picture() -> Walk:
    """Follow a picture: a folder of one is added as nhfi."""
    with tempfile.TemporaryDirectory() as home:
        pictures = Path(home, "pictures")
        os.environ |= {"PICTURES": str(pictures), "FER_DATA": str(Path(home, "data"))}
        (pictures / "happiness").mkdir(parents=True)
        Image.effect_noise((40, 40), 50).save(pictures / "happiness" / NAME)
        list_datasets()
        given = ["data", "add", "nhfi", str(pictures), "--json"]
        return follow(Walk(of_picture, "join"), lambda: cli.main(given))


def recipe() -> Walk:
    """Follow a recipe: a net is trained for an epoch on a few phantoms."""
    from fer_core.job import prepare

    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"FER_DATA": f"{home}/data", "FER_RESULTS": f"{home}/results"}
        file = Path(home, "small.yml")
        file.write_text(STUDY)
        cell = (str(file), "net", "phantom-lab", 0)
        walk = Walk(of_recipe, "make_optimizer")
        follow(walk, lambda: prepare(*cell, device="cpu").fit())
        del os.environ["FER_RESULTS"]
        return walk


def number() -> Walk:
    """Follow a number: the scores of the study `methods`."""
    return follow(Walk(of_number, "show_rows"), lambda: cli.main(["scores", "methods"]))


def steps(calls: Iterable[dict[str, Any]]) -> list[Step]:
    """Return the stops among the calls of a walk, in the order in which they are first entered."""
    stops: dict[Stop, dict[str, Any]] = {}
    for call in calls:
        if call["carries"] and "<locals>" not in call["stop"][1]:
            stops.setdefault(call["stop"], call)
    found: list[Step] = []
    met: set[str] = set()
    for (file, function), call in stops.items():
        here, caller = found[-1].file if found else "", caller_of(call)
        start = caller[0] if caller else here
        found.append(Step(file, function, (start != here) + (file != start and file in met)))
        met.add(file)
    return found


def tell(title: str, way: list[Step]) -> None:
    """Print the stops of a way, with their returns, and the sums."""
    for number, step in enumerate(way, 1):
        print(f"{number:3}  {'<' * step.returns:2}  {step.file:28} {step.function}")
    returns, files = sum(step.returns for step in way), {step.file for step in way}
    print(f"{title}: {len(way)} stops, {returns} returns, {len(files)} files\n")


def main() -> None:
    """Print the three ways."""
    for way in (picture, recipe, number):
        tell(way.__name__, steps(way().calls))


if __name__ == "__main__":
    main()
