"""Recipes in one line, by the short names of their values."""

from typing import Any

from fer_core.recipe import Recipe
from fer_core.recipe_files import in_parts, merge


def recipe(**values: Any) -> Recipe:
    """A recipe with these values and the defaults: recipe(epochs=2, lr=0.01)."""
    return changed(Recipe(), **values)


def changed(old: Recipe, **values: Any) -> Recipe:
    """A recipe that differs from another one in these values."""
    parts, machine = in_parts(values)
    assert not machine, "settings of a machine are in no recipe"
    return Recipe.model_validate(merge(old.model_dump(), parts))
