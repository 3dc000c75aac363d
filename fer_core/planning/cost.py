"""What the runs of a study take on the machine on which nets were timed.

hours = (images × epochs × passes / (training images a second) + what follows + START) / 3600, by
`results/models.csv`. All epochs are counted, though a run may stop early, validation images as if
they were trained on, and frozen parts as if they learned. Loading and augmenting are not counted,
and test sets that are not prepared neither, so this is an estimate and no bound.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fer_core.analysis.catalogue import read_catalogue
from fer_core.data.permission import is_publishable
from fer_core.planning.needs import Images
from fer_core.recipe import Recipe
from fer_core.study import Cell, Study
from fer_core.views import passes as looks

START = 15.0  # seconds of a run of the smallest net on phantoms that are neither of the below
EXPLAINED = 900  # images of a test set that heat maps are made of, at most


class Speed(NamedTuple):
    """A net at one size: multiply-accumulates for one image, training images a second, and images
    a second that it predicts."""

    macs: int
    rate: float
    forward: float


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
    rates = ["training_images_per_second", "images_per_second"]
    rows = table[["model", "size", "macs", *rates]].itertuples(index=False, name=None)
    known = {(str(m), int(s)): Speed(int(macs), *map(float, of)) for m, s, macs, *of in rows}
    return known, machine


def hours(recipe: Recipe, images: Images, rate: float) -> float:
    """Return the hours for which one run trains, at a rate of training images a second."""
    return drawn(recipe, images) * recipe.epochs * passes(recipe) / rate / 3600


def after_training(
    views: Sequence[str], train: str, tests: Mapping[str, Images | None], speed: Speed
) -> float:
    """Return the hours in which one run starts, predicts its test sets in all views and makes heat
    maps, each of which takes as long as an image that is trained on."""
    sizes = {name: images.test for name, images in tests.items() if images}
    maps = [min(n, EXPLAINED) for name, n in sizes.items() if name == train or is_publishable(name)]
    predicted = sum(sizes.values()) * len(looks(views))
    return (START + predicted / speed.forward + sum(maps) / speed.rate) / 3600


def passes(recipe: Recipe) -> int:
    """Return how often a step goes forward and back: twice with sharpness-aware minimisation."""
    return 2 if recipe.optimizer.sam else 1


def drawn(recipe: Recipe, images: Images) -> int:
    """Return how many images an epoch goes through: a drawn part has its share of validation."""
    share = 1.0 if recipe.data.images is None else min(1.0, recipe.data.images / images.train)
    return round(share * (images.train + images.validation))


def costs(
    study: Study, cells: Iterable[Cell], images: Mapping[str, Images | None],
    known: Mapping[tuple[str, int], Speed],
) -> list[Cost]:  # fmt: skip
    """Return what each model costs on each training set, of the runs in `cells`."""
    found = []
    tests = {name: images[name] for name in study.test}
    for (model, train), runs in Counter((cell.model, cell.train) for cell in cells).items():
        spec, recipe, of = study.spec(model), study.recipe_for(model), images[train]
        each = None
        if of and (speed := known.get((spec.backbone, spec.input_size))):
            each = hours(recipe, of, speed.rate)
            each += after_training(study.views_for(model), train, tests, speed)
        seen = drawn(recipe, of) if of else None
        found.append(
            Cost(model, train, seen, recipe.epochs, runs, None if each is None else each * runs)
        )
    return found
