"""The nets that this project builds itself: one decorated function per net.

    @register(Entry("lenet5", "BTFER benchmark", "LeNet-5", "where it comes from", sizes=(48,)))
    def build(size: int, classes: int) -> nn.Module: ...

A net with switches declares them in its entry and takes them as keyword arguments:

    @register(Entry("dan", ..., options={"centres": 8}, corrected={"centres": 7}))
    def build(size: int, classes: int, centres: int) -> nn.Module: ...

Every other name that a study gives is looked up in timm.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from fer_core.errors import FerError, unknown

Build = Callable[..., nn.Module]
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
VARIANTS = ("published", "corrected")


@dataclass(frozen=True)
class Entry:
    """What is known of a net before it is built.

    `sizes`: sides of the input that it is built for. `options`: its switches, with their values as
    published; a twin that differs has the paper's values in `published`. `corrected`: those that
    "variant: corrected" changes. `mean`, `std`: the
    normalisation of its published training. `cam_layer`: the submodule for Grad-CAM, "" = found by
    rule; of several, separated by blanks, the maps are averaged. `classifier`: prefixes of the
    tensors that belong to the seven outputs. `trunk`: a submodule that is another library's net,
    and the name of the file of its weights; `added`: patterns of its tensors that this file lacks.
    """

    name: str
    family: str
    title: str
    source: str
    sizes: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    corrected: Mapping[str, Any] = field(default_factory=dict)
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    cam_layer: str = ""
    classifier: tuple[str, ...] = ()
    trunk: tuple[str, str] | None = None
    added: tuple[str, ...] = ()
    published: Mapping[str, Any] = field(default_factory=dict)
    build: Build | None = None

    def tell(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return option values as text; one that is not the paper's says what the paper's is."""
        papers = {**self.options, **self.published}
        return {
            name: str(value)
            + (f" (published: {papers[name]})" if papers.get(name, value) != value else "")
            for name, value in values.items()
        }

    def resolve(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every option with its value; `given` may hold "variant" and any of the options.

        An unknown option or variant, and a value of another type, is a FerError.
        """
        given = dict(given)
        variant = given.pop("variant", "published")
        if variant not in VARIANTS:
            raise unknown("variant", str(variant), VARIANTS)
        values = {**self.options, **(self.corrected if variant == "corrected" else {})}
        for name, value in given.items():
            if name not in values:
                raise unknown(f"option of {self.name}", name, ["variant", *values])
            if type(value) is not type(values[name]):
                raise FerError(
                    f"option {name} of {self.name} is {value!r}; give a value like {values[name]!r}"
                )
            values[name] = value
        return values


_ENTRIES: dict[str, Entry] = {}
ROOMS = (
    "fer_core.models.posterpp",
    "fer_core.models.dan",
    "fer_core.models.dmue",
    "fer_core.models.btfer",
    "fer_core.models.klagenfurt",
    "fer_core.models.mobilenet",
)


def register(entry: Entry) -> Callable[[Build], Build]:
    """Register the decorated function as what builds the net `entry.name`."""

    def keep(build: Build) -> Build:
        if entry.name in _ENTRIES:
            raise ValueError(f"two nets are registered as {entry.name!r}")
        _ENTRIES[entry.name] = replace(entry, build=build)
        return build

    return keep


def entries() -> dict[str, Entry]:
    """Return every registered net by its name, room by room."""
    for room in ROOMS:
        importlib.import_module(room)

    def place(entry: Entry) -> tuple[int, str]:
        home = ".".join(str(getattr(entry.build, "__module__", "")).split(".")[:3])
        return (ROOMS.index(home) if home in ROOMS else len(ROOMS), entry.name)

    return {entry.name: entry for entry in sorted(_ENTRIES.values(), key=place)}
