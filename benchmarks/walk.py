"""The way of one picture from `fer data add` to the store: which functions one reads, and how often
one has to go back.

    python benchmarks/walk.py

A stop is a function of ours that is handed the picture, or gives it back: as its path or folder, a
source, a reading, a plan, a row, bytes, an image or pixels. It counts once, when it is first
entered, up to the whole file of pixels; what is nested in a function counts as a part of it.
A return is a change to a file that was met before: from one stop back to the caller of the next
one, where that is in another file, and from there to the next one. Prints each stop with its
returns, and the sums.
"""

import os
import sys
import tempfile
import threading
from pathlib import Path, PurePath
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

import fer_core
from fer_core import cli
from fer_core.cli import add  # noqa: F401  (imported late otherwise, which is no part of the way)
from fer_core.data.registry import list_datasets

OURS = str(Path(fer_core.__file__).parent)
NAME, LAST = "1.png", "join"  # the picture; the function that writes the file of all pixels
KINDS = {"Source", "Reading", "Plan", "Row", "Opened", "PackedRow", "Image"}

Stop = tuple[str, str]  # file, function


def carries(value: Any, deep: bool = True) -> bool:
    """Say whether a value has something of the picture."""
    if isinstance(value, list | tuple | dict):
        values = list(value.values() if isinstance(value, dict) else value)[:8]
        return deep and any(carries(one, deep=False) for one in values)
    if isinstance(value, str | PurePath):
        return NAME in str(value) or str(value).startswith(os.environ["PICTURES"])
    if isinstance(value, np.ndarray):
        return value.ndim > 2
    if isinstance(value, pd.Series):
        return value.name == "path"
    if isinstance(value, pd.DataFrame):
        return "path" in value
    return isinstance(value, bytes) or not KINDS.isdisjoint(c.__name__ for c in type(value).__mro__)


class Walk:
    """Notes every call of ours: who is called, by whom, and whether it has the picture."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.stacks: dict[int, list[dict[str, Any]]] = {}
        self.over = False

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        """Note a call or return of ours that a profile function is told of,
        until LAST has returned."""
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
                "carries": any(carries(frame.f_locals.get(name)) for name in given),
            }
            self.calls.append(call)
            stack.append(call)
        elif event == "return" and stack:
            stack[-1]["carries"] |= carries(value)
            self.over = stack.pop()["stop"][1] == LAST


def caller_of(call: dict[str, Any]) -> Stop | None:
    """Return the nearest function on the way from which a call came, None where there is none."""
    above = call["caller"]
    while above and not (above["carries"] and "<locals>" not in above["stop"][1]):
        above = above["caller"]
    return above["stop"] if above else None


def main() -> None:
    """Add a folder of one picture as nhfi, and print its way."""
    walk = Walk()
    with tempfile.TemporaryDirectory() as home:
        pictures = Path(home, "pictures")
        os.environ |= {"PICTURES": str(pictures), "FER_DATA": str(Path(home, "data"))}
        (pictures / "happiness").mkdir(parents=True)
        Image.effect_noise((40, 40), 50).save(pictures / "happiness" / NAME)
        list_datasets()
        threading.setprofile(walk)
        sys.setprofile(walk)
        try:
            cli.main(["data", "add", "nhfi", str(pictures), "--json"])
        except SystemExit:
            pass
        finally:
            sys.setprofile(None)
    stops: dict[Stop, dict[str, Any]] = {}
    for call in walk.calls:
        if call["carries"] and "<locals>" not in call["stop"][1]:
            stops.setdefault(call["stop"], call)
    met: list[str] = []
    returns = 0
    for (file, function), call in stops.items():
        here, caller = met[-1] if met else "", caller_of(call)
        start = caller[0] if caller else here
        back = (start != here) + (file != start and file in met)
        returns += back
        met.append(file)
        print(f"{len(met):3}  {'<' * back:2}  {file:28} {function}")
    print(f"{len(stops)} stops, {returns} returns, {len(set(met))} files", file=sys.stdout)


if __name__ == "__main__":
    main()
