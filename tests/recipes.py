"""Recipes in one line, by the short names of their values."""

from typing import Any

from fer_core.recipe import Machine, Phase, Recipe
from fer_core.recipe_files import PLACES, in_parts, merge
from fer_core.recipe_parts import Augment

AUGMENT = ("rotate", "shift", "zoom", "flip", "brightness", "contrast")


def recipe(**values: Any) -> Recipe:
    """A recipe with these values and the defaults: recipe(epochs=2, lr=0.01)."""
    return changed(Recipe(), **values)


def changed(old: Recipe, **values: Any) -> Recipe:
    """A recipe that differs from another one in these values."""
    parts, machine = in_parts(values)
    assert not machine, "settings of a machine are in no recipe"
    return Recipe.model_validate(merge(old.model_dump(), parts))


def without_parts(of: Recipe, machine: Machine) -> dict:
    """The recipe as it was written before it had parts, and with the machine's settings."""
    (phase,) = of.phases
    assert phase == Phase(epochs=phase.epochs)
    dump = of.model_dump(mode="json")
    flat = {name: dump[part][key] for name, (part, key) in PLACES.items()}
    flat["augment"] = {name: flat["augment"].pop(name) for name in AUGMENT}
    assert Augment.model_validate(dump["regularisation"]["augment"]) == Augment(), "the rest is new"
    return {**flat, "epochs": phase.epochs, **machine.model_dump(mode="json")}
