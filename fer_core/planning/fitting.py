"""Runs cut to a number of hours: fewer epochs first, then fewer images, then a smaller input."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from fer_core.planning.cost import Speed, hours, passes
from fer_core.planning.needs import Images
from fer_core.recipe import Recipe
from fer_core.study import Study

LEAST_EPOCHS = 3  # of a run, and one of each phase
LEAST_IMAGES = 140  # to train on: 20 of each emotion where they are balanced


class Fit(NamedTuple):
    """What a model's runs are cut to, and the hours of all of them. `images` is None where no
    fewer images are drawn than the recipe says."""

    size: int
    epochs: int
    images: int | None
    hours: float


def fit_all(
    study: Study, images: Mapping[str, Images], budget: float,
    known: Mapping[tuple[str, int], Speed],
) -> dict[str, Fit | str]:  # fmt: skip
    """Return what each model of a study is cut to, or why none of its runs fits.

    Every run has the same share of the `budget`, hours: runs that cost the same are cut alike.
    """
    sets = {m: [images[c.train] for c in study.cells() if c.model == m] for m in study.models}
    rates = {model: _rates(study, model, known) for model in study.models}
    runs = sum(len(sets[model]) for model in rates if rates[model])
    found: dict[str, Fit | str] = {}
    for model, rate in rates.items():
        if not rate:
            found[model] = "its speed is not known; only nets of `fer models` are timed"
            continue
        share = budget * len(sets[model]) / runs
        to = fit(study.recipe_for(model), sets[model], rate, share)
        found[model] = to or f"its runs do not fit {share:.2g} hours"
    return found


def fit(
    recipe: Recipe, sets: Sequence[Images], rates: Mapping[int, float], budget: float
) -> Fit | None:
    """Return what fits `budget` hours of runs, one on each of `sets`; None where nothing does.

    `rates`: training images a second by the size of the input, the model's own first.
    """
    least = min(recipe.epochs, max(LEAST_EPOCHS, len(recipe.phases)))
    fewest = max(LEAST_IMAGES, recipe.data.batch_size)
    for size, rate in rates.items():
        epoch = sum(hours(recipe, images, rate) for images in sets) / recipe.epochs
        epochs = min(recipe.epochs, int(budget / epoch))
        if epochs >= least:
            return Fit(size, epochs, None, epochs * epoch)
        image = least * passes(recipe) * sum(sum(of) / of.train for of in sets) / rate / 3600
        if int(budget / image) >= fewest:
            return Fit(size, least, int(budget / image), int(budget / image) * image)
    return None


def cut(recipe: Recipe, to: Fit) -> dict[str, Any]:
    """Return the changes to a recipe that make its runs as short as `to` says."""
    changes: dict[str, Any] = {}
    if to.epochs < recipe.epochs:
        lengths = shares([phase.epochs for phase in recipe.phases], to.epochs)
        changes["phases"] = [
            phase.model_dump(mode="json", exclude_defaults=True) | {"epochs": epochs}
            for phase, epochs in zip(recipe.phases, lengths, strict=True)
        ]
    if to.epochs < recipe.epochs and recipe.schedule.name == "table":
        share = to.epochs / recipe.epochs
        tables = {"trunk": recipe.schedule.trunk, "head": recipe.schedule.head}
        changes["schedule"] = {part: shorter(table, share) for part, table in tables.items()}
    if to.images is not None:
        changes["data"] = {"images": to.images}
    return changes


def shares(lengths: Sequence[int], total: int) -> list[int]:
    """Return lengths in about the same proportion that sum to `total`, each at least 1; `total` is
    at least the number of lengths."""
    left, whole = total, sum(lengths)
    found: list[int] = []
    for number, length in enumerate(lengths, start=1):
        most = left - (len(lengths) - number)  # what leaves one for each that follows
        share = most if number == len(lengths) else round(length * total / whole)
        found.append(min(max(1, share), most))
        left -= found[-1]
    return found


def shorter(table: Sequence[tuple[int, float]], share: float) -> list[list[float]]:
    """Return a table of rates whose epochs are cut to a share, rounded up; of rates that then end
    together the first stays."""
    rates: dict[int, float] = {}
    for end, rate in table:
        rates.setdefault(ceil(end * share - 1e-9), rate)
    return [[end, rate] for end, rate in rates.items()]


def _rates(study: Study, model: str, known: Mapping[tuple[str, int], Speed]) -> dict[int, float]:
    """Return the rates of a model's net at its own size and, downwards, at the smaller ones that it
    takes; none smaller where a phase has a side of its own."""
    spec = study.spec(model)
    sizes = sorted((size for net, size in known if net == spec.backbone), reverse=True)
    if any(phase.side for phase in study.recipe_for(model).phases):
        sizes = [size for size in sizes if size == spec.input_size]
    at_most = [size for size in sizes if size <= spec.input_size]
    if spec.input_size not in at_most:
        return {}
    return {size: known[spec.backbone, size].rate for size in at_most}
