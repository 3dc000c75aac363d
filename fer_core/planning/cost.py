"""What the runs of a study take on the machine on which nets were timed.

hours = images × epochs × passes / (training images a second) / 3600, by `results/models.csv`. All
epochs are counted, though a run may stop early, validation images as if they were trained on, and
frozen parts as if they learned. Loading, augmenting and predicting the test sets are not counted:
they outweigh the smallest nets, so this is an estimate and no bound.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fer_core.analysis.catalogue import read_catalogue
from fer_core.planning.needs import Images
from fer_core.recipe import Recipe
from fer_core.study import Cell, Study


class Speed(NamedTuple):
    """A net at one size: multiply-accumulates for one image, training images a second."""

    macs: int
    rate: float


class Cost(NamedTuple):
    """What a model's runs on one training set cost; None where it is not known.

    `images`: those that an epoch goes through. `hours`: of all `runs` together.
    """

    model: str
    train: str
    images: int | None
    epochs: int
    runs: int
    hours: float | None


def speeds() -> tuple[dict[tuple[str, int], Speed], dict[str, Any]]:
    """Return the speed of each measured net by its name and size, and the facts of the machine."""
    table, machine = read_catalogue()
    columns = ["model", "size", "macs", "training_images_per_second"]
    rows = table[columns].itertuples(index=False, name=None)
    return {(str(m), int(s)): Speed(int(macs), float(rate)) for m, s, macs, rate in rows}, machine


def hours(recipe: Recipe, images: Images, rate: float) -> float:
    """Return the hours of one run at a rate of training images a second."""
    return drawn(recipe, images) * recipe.epochs * passes(recipe) / rate / 3600


def passes(recipe: Recipe) -> int:
    """Return how often a step goes forward and back: twice with sharpness-aware minimisation."""
    return 2 if recipe.optimizer.sam else 1


def drawn(recipe: Recipe, images: Images) -> int:
    """Return how many images an epoch goes through: a drawn part has its share of validation."""
    share = 1.0 if recipe.data.images is None else min(1.0, recipe.data.images / images.train)
    return round(share * sum(images))


def costs(
    study: Study, cells: Iterable[Cell], images: Mapping[str, Images | None],
    known: Mapping[tuple[str, int], Speed],
) -> list[Cost]:  # fmt: skip
    """Return what each model costs on each training set, of the runs in `cells`."""
    found = []
    for (model, train), runs in Counter((cell.model, cell.train) for cell in cells).items():
        spec, recipe, of = study.spec(model), study.recipe_for(model), images[train]
        speed = known.get((spec.backbone, spec.input_size))
        each = hours(recipe, of, speed.rate) if speed and of else None
        seen = drawn(recipe, of) if of else None
        found.append(
            Cost(model, train, seen, recipe.epochs, runs, None if each is None else each * runs)
        )
    return found
