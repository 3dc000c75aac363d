"""Recipes by name, `recipes/<name>.yml`, and recipes of before they had parts."""

from typing import Any

from fer_core import paths
from fer_core.errors import FerError, unknown
from fer_core.yaml_files import parse_yaml

Settings = dict[str, Any]
BASE = "base"
# Where a value of a recipe without parts stands now; `epochs` is the length of its only phase.
PLACES = {
    "optimizer": ("optimizer", "name"),
    "lr": ("optimizer", "lr"),
    "weight_decay": ("optimizer", "weight_decay"),
    "momentum": ("optimizer", "momentum"),
    "schedule": ("schedule", "name"),
    "warmup_epochs": ("schedule", "warmup_epochs"),
    "plateau_factor": ("schedule", "factor"),
    "plateau_patience": ("schedule", "patience"),
    "label_smoothing": ("loss", "label_smoothing"),
    "class_weights": ("loss", "class_weights"),
    "dropout": ("regularisation", "dropout"),
    "augment": ("regularisation", "augment"),
    "images": ("data", "images"),
    "batch_size": ("data", "batch_size"),
    "sampler": ("data", "sampler"),
    "select_by": ("selection", "measure"),
    "early_stopping": ("selection", "patience"),
}
MACHINE = ("channels_last", "autocast")


def list_recipes() -> list[str]:
    """Return the names of the recipe files."""
    return sorted(path.stem for path in paths.recipes_dir().glob("*.yml"))


def resolve(given: Settings, seen: tuple[str, ...] = ()) -> Settings:
    """Return the values of a recipe with those of its `base`, and of the base's own, below them.

    A base that is not there, or that leads back to itself, is a FerError.
    """
    own = {key: value for key, value in given.items() if key != BASE}
    if BASE not in given:
        return own
    name = str(given[BASE])
    if name in seen:
        circle = " → ".join((*seen[seen.index(name) :], name))
        raise FerError(f"the recipes {circle} are the base of each other; take one base out")
    path = paths.recipes_dir() / f"{name}.yml"
    if name not in list_recipes():
        raise unknown("recipe", name, list_recipes())
    content = parse_yaml(path.read_bytes(), path)
    if not isinstance(content, dict):
        raise FerError(f"{path}: a recipe is a mapping; see recipes/small-budget.yml")
    return merge(resolve(content, (*seen, name)), own)


def merge(below: Settings, changes: Settings) -> Settings:
    """Return the values with changes, part by part; a list, like that of the phases,
    is changed as a whole."""
    merged = dict(below)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def in_parts(given: Settings) -> tuple[Settings, Settings]:
    """Return a recipe in parts, and the settings of the machine that one without parts held.

    Values that stand in their part already, and unknown ones, stay where they are.
    """
    if "epochs" in given and "phases" in given:
        raise FerError("a recipe with phases has their epochs; leave out epochs beside phases")
    if "flip_test" in given:
        raise FerError(
            "a recipe has no flip_test; a study says how test images are shown: "
            "write `views: [clean, mirror]` beside its recipe"
        )
    recipe: Settings = {}
    machine: Settings = {}
    for key, value in given.items():
        flat = key not in ("optimizer", "schedule") or isinstance(value, str)
        if key in MACHINE:
            machine[key] = value
        elif key == "epochs":
            recipe["phases"] = [{"epochs": value}]
        elif key in PLACES and flat:
            part, name = PLACES[key]
            recipe = merge(recipe, {part: {name: value}})
        else:
            recipe = merge(recipe, {key: value})
    return recipe, machine


def settings_in_parts(data: Any) -> Any:
    """Return what a file says of a study, a model or a run with its recipe in parts: one of before
    recipes had parts is read as it was meant."""
    if not isinstance(data, dict) or not isinstance(data.get("recipe"), str | dict):
        return data
    given = data["recipe"]
    if isinstance(given, str):
        return {**data, "recipe": {BASE: given}}
    recipe, machine = in_parts(given)
    named = data.get("machine")
    if machine and isinstance(named, dict | None):
        data = {**data, "machine": machine | (named or {})}
    return {**data, "recipe": recipe}
