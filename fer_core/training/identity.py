"""What must be equal for a checkpoint to belong to a run, as far as it differs from the defaults: a
field of a later version orphans no checkpoint of today."""

import hashlib
from typing import Any

import numpy as np
from pydantic import BaseModel

from fer_core.data.select import TrainingRows
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_files import in_parts
from fer_core.study import ModelSpec
from fer_core.training.images import ImageSet

Identity = dict[str, Any]
KINDS: dict[str, type[BaseModel]] = {"recipe": Recipe, "machine": Machine, "spec": ModelSpec}


def identify(
    images: ImageSet, rows: TrainingRows, recipe: Recipe, machine: Machine, seed: int
) -> Identity:
    """Return what decides the bits of a training run, besides the net that it starts from."""
    digest = hashlib.sha256()
    for array in (
        rows.train,
        rows.validation,
        images.labels[rows.train],
        images.labels[rows.validation],
    ):
        digest.update(np.ascontiguousarray(array, dtype=np.int64).tobytes())
    return {
        "seed": seed,
        "recipe": recipe.identity(),
        "machine": machine.identity(),
        "data": images.fingerprint,
        "rows": digest.hexdigest(),
    }


def of_today(identity: Identity) -> Identity:
    """Return an identity of before recipes had parts, with every value written out,
    as one of today's."""
    if "recipe" not in identity or "machine" in identity:
        return identity
    # flip_test said how to predict, and trained nothing
    trained = {key: value for key, value in identity["recipe"].items() if key != "flip_test"}
    recipe, machine = in_parts(trained)
    now = {
        "recipe": Recipe.model_validate(recipe).identity(),
        "machine": Machine.model_validate(machine).identity(),
    }
    if "spec" in identity:
        now["spec"] = ModelSpec.model_validate(identity["spec"]).identity()
    return {**identity, **now}


def difference(old: Identity, new: Identity) -> str:
    """Return "name: old, now new" for the first value that differs in two identities, or ""."""
    return _first_difference(_in_full(old), _in_full(new))


def _in_full(identity: Identity) -> Identity:
    """Write the defaults out, so that a value that differs from one of them can be told."""
    full = {
        name: kind.model_validate(identity[name]).model_dump(mode="json")
        for name, kind in KINDS.items()
        if name in identity
    }
    return {**identity, **full}


def _first_difference(old: Any, new: Any, name: str = "") -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*new, *(key for key in old if key not in new)]:
            found = _first_difference(old.get(key), new.get(key), f"{name}.{key}".lstrip("."))
            if found:
                return found
        return ""
    return "" if old == new else f"{name}: {old}, now {new}"
