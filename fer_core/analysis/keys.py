"""The names of what is scored: cells of the train × test matrix."""

from typing import NamedTuple

from fer_core.analysis.scores import Run
from fer_core.predictions import TEST
from fer_core.views import CLEAN


class Key(NamedTuple):
    """A cell of the train × test matrix of one model in one view; axes as those of `Run`."""

    model: str
    train: str
    test: str
    view: str = CLEAN
    part: str = TEST
    source: str = ""

    @classmethod
    def of(cls, run: Run) -> "Key":
        """Return the cell of a run: the same for all its seeds."""
        return cls(*(getattr(run, axis) for axis in cls._fields))

    @property
    def pair(self) -> tuple[str, str]:
        """Training set and test set."""
        return self.train, self.test

    @property
    def cell(self) -> dict[str, object]:
        """The columns that tables of whole test sets have for it."""
        return {axis: getattr(self, axis) for axis in ("model", "train", "test", "view")}
