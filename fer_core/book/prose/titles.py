"""Names as people write them: pages say FER2013 and EfficientNet-Lite0, files and commands the ids.

titles = Titles(study)
titles.frame(table)     its models and data sets by their titles
titles.keys(outcomes)   the same for outcomes
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import pandas as pd

from fer_core.analysis.keys import Key
from fer_core.book.prose.markdown import plain
from fer_core.data.registry import get_entry, list_datasets
from fer_core.figures.columns import heading
from fer_core.study import Cell, Study

T = TypeVar("T")
MODELS = ("model", "other")
SETS = ("train", "other_train", "test", "dataset")


class Titles:
    """The titles of a study's models and of its data sets; what has none goes by its id."""

    def __init__(self, study: Study) -> None:
        self.study = study

    def model(self, name: str) -> str:
        """Return how people write a model."""
        spec = self.study.models.get(name)
        return (spec.title if spec else "") or name

    def dataset(self, name: str) -> str:
        """Return how people write a data set."""
        return dataset_title(name)

    def run(self, cell: Cell) -> str:
        """Return how people write a run, in Markdown: titles, and beside them the ids to type."""
        model = _beside(self.model(cell.model), cell.model)
        train = _beside(self.dataset(cell.train), cell.train)
        return f"{model} on {train}, seed {cell.seed}"

    def frame(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table whose columns of models and data sets hold titles."""
        return self._told(table, MODELS, SETS)

    def shown(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table as shown with titles in the columns that are headed as those."""
        return self._told(table, [*map(heading, MODELS)], [*map(heading, SETS)])

    def keys(self, found: Mapping[Key, T]) -> dict[Key, T]:
        """Return what was found by keys that hold titles."""
        return {
            key._replace(
                model=self.model(key.model),
                train=self.dataset(key.train),
                test=self.dataset(key.test),
            ): value
            for key, value in found.items()
        }

    def _told(
        self, table: pd.DataFrame, models: Sequence[str], sets: Sequence[str]
    ) -> pd.DataFrame:
        own = {**dict.fromkeys(models, self.model), **dict.fromkeys(sets, self.dataset)}
        told = {name: table[name].map(title) for name, title in own.items() if name in table}
        return table.assign(**told)


def _beside(title: str, name: str) -> str:
    return plain(title) if title == name else f"{plain(title)} `{name}`"


def dataset_title(name: str) -> str:
    """Return how tables write a data set: the short title of its card, or else its title; of an
    unregistered set its name."""
    if name not in list_datasets():
        return name
    card = get_entry(name).card
    return card.short or card.title
