"""Runs cut to a number of hours: fewer epochs first, then fewer images, then a smaller input."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from fer_core.planning.cost import Speed, after_training, hours, passes
from fer_core.planning.needs import Images
from fer_core.recipe import Recipe
from fer_core.recipe_parts import Schedule
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


class Plan(NamedTuple):
    """The runs of a model: its recipe, the images of the training set of each run, and by the side
    of the input, the largest first, training images a second and the hours besides training."""

    recipe: Recipe
    sets: Sequence[Images]
    rates: Mapping[int, float]
    besides: Mapping[int, float]


def fit_all(
    study: Study, images: Mapping[str, Images], budget: float,
    known: Mapping[tuple[str, int], Speed],
) -> dict[str, Fit | str]:  # fmt: skip
    """Return what each model of a study is cut to, or why it is left out.

    Every run has the same share of the `budget`, hours: runs that cost the same are cut alike. As
    long as the least that some models take is more, the dearest of these is left out.
    """
    plans = {model: plan_of(study, model, images, known) for model in study.models}
    reasons = {
        model: "its speed is not known; only nets of `fer models` are timed"
        for model, plan in plans.items()
        if not plan.rates
    }
    while len(reasons) < len(plans):
        kept = {model: plan for model, plan in plans.items() if model not in reasons}
        share = budget / sum(len(plan.sets) for plan in kept.values())
        found = {model: fit(plan, share * len(plan.sets)) for model, plan in kept.items()}
        dear = [model for model, to in found.items() if to is None]
        if not dear:
            return {model: reasons.get(model) or found[model] or "" for model in plans}
        dearest = max(dear, key=lambda model: least(plans[model]) / len(plans[model].sets))
        reasons[dearest] = _too_dear(plans[dearest], share)
    return {**reasons}


def plan_of(
    study: Study, model: str, images: Mapping[str, Images], known: Mapping[tuple[str, int], Speed]
) -> Plan:
    """Return the runs of a model; without rates where its net was not timed at its own side."""
    trains = [cell.train for cell in study.cells() if cell.model == model]
    tests, views = {name: images[name] for name in study.test}, study.views_for(model)
    speeds = _speeds(study, model, known)
    rates = {size: speed.rate for size, speed in speeds.items()}
    besides = {
        size: sum(after_training(views, train, tests, speed) for train in trains)
        for size, speed in speeds.items()
    }
    return Plan(study.recipe_for(model), [images[train] for train in trains], rates, besides)


def fit(plan: Plan, budget: float) -> Fit | None:
    """Return what fits `budget` hours of all runs of a model; None where nothing does."""
    recipe, sets = plan.recipe, plan.sets
    few, fewest = _least_epochs(recipe), _fewest(recipe)
    for size, rate in plan.rates.items():
        besides = plan.besides[size]
        left = budget - besides
        epoch = sum(hours(recipe, images, rate) for images in sets) / recipe.epochs
        epochs = min(recipe.epochs, int(left / epoch))
        if epochs >= few:
            return Fit(size, epochs, None, besides + epochs * epoch)
        image = _image(recipe, sets, rate)
        if int(left / image) >= fewest:
            drawn = int(left / image)
            return Fit(size, few, drawn, besides + drawn * image)
    return None


def least(plan: Plan) -> float:
    """Return the hours of all runs of a model at the smallest size that they are cut to."""
    fewest = _fewest(plan.recipe)
    return min(
        plan.besides[size] + fewest * _image(plan.recipe, plan.sets, rate)
        for size, rate in plan.rates.items()
    )


def _least_epochs(recipe: Recipe) -> int:
    return min(recipe.epochs, max(LEAST_EPOCHS, len(recipe.phases)))


def _fewest(recipe: Recipe) -> int:
    return max(LEAST_IMAGES, recipe.data.batch_size)


def _image(recipe: Recipe, sets: Sequence[Images], rate: float) -> float:
    """Return the hours that one more image of each training set takes in the fewest epochs."""
    each = sum((of.train + of.validation) / of.train for of in sets)
    return _least_epochs(recipe) * passes(recipe) * each / rate / 3600


def _too_dear(plan: Plan, share: float) -> str:
    runs = len(plan.sets)
    needs, besides = least(plan) / runs, min(plan.besides.values()) / runs
    return (
        f"a run takes at least {needs:.2g} hours, {besides:.2g} of them to start, to predict and "
        f"for heat maps, and its share is {share:.2g}"
    )


def cut(recipe: Recipe, to: Fit) -> dict[str, Any]:
    """Return the changes to a recipe that make its runs as short as `to` says."""
    changes: dict[str, Any] = {}
    if to.epochs < recipe.epochs:
        lengths = shares([phase.epochs for phase in recipe.phases], to.epochs)
        changes["phases"] = [
            phase.model_dump(mode="json", exclude_defaults=True) | {"epochs": epochs}
            for phase, epochs in zip(recipe.phases, lengths, strict=True)
        ]
        if schedule := shorter_schedule(recipe.schedule, to.epochs / recipe.epochs, min(lengths)):
            changes["schedule"] = schedule
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


def shorter_schedule(schedule: Schedule, share: float, most: int) -> dict[str, Any]:
    """Return the changes to a schedule whose phases are cut to a share, the shortest to `most`
    epochs."""
    if schedule.name == "table":
        tables = {"trunk": schedule.trunk, "head": schedule.head}
        return {part: shorter(table, share) for part, table in tables.items()}
    if schedule.name == "step":
        return {"every": min(most, max(1, round(schedule.every * share)))}
    if schedule.name == "cosine" and schedule.warmup_epochs:
        return {"warmup_epochs": min(most, ceil(schedule.warmup_epochs * share))}
    return {}


def shorter(table: Sequence[tuple[int, float]], share: float) -> list[list[float]]:
    """Return a table of rates whose epochs are cut to a share, rounded up; of rates that then end
    together the first stays."""
    rates: dict[int, float] = {}
    for end, rate in table:
        rates.setdefault(ceil(end * share - 1e-9), rate)
    return [[end, rate] for end, rate in rates.items()]


def _speeds(study: Study, model: str, known: Mapping[tuple[str, int], Speed]) -> dict[int, Speed]:
    """Return the speeds of a model's net at its own size and, downwards, at the smaller ones that
    it takes; none smaller where a phase has a side of its own."""
    spec = study.spec(model)
    sizes = sorted((size for net, size in known if net == spec.backbone), reverse=True)
    if any(phase.side for phase in study.recipe_for(model).phases):
        sizes = [size for size in sizes if size == spec.input_size]
    at_most = [size for size in sizes if size <= spec.input_size]
    if spec.input_size not in at_most:
        return {}
    return {size: known[spec.backbone, size] for size in at_most}
