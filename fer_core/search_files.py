"""Searches: which settings of one model's recipe are tried, on what and how often.

A search is a file, `searches/<name>.yml`, that is checked whole before any trial starts.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Field, JsonValue, StrictInt, ValidationError, model_validator

from fer_core import paths
from fer_core.errors import FerError, unknown
from fer_core.facts import first_fault
from fer_core.names import ModelName, Name, require_name
from fer_core.recipe import Recipe
from fer_core.recipe_files import Settings, merge
from fer_core.recipe_parts import FROZEN
from fer_core.study import Study, load_study
from fer_core.yaml_files import parse_yaml

MOST_ENDS = 10_000  # combinations of ends and choices, each of which is tried on the recipe
FIXED = "selection, data.images and, where the budget has epochs, phases are the same in all trials"


class Values(BaseModel):
    """What a setting may be: a number between two ends, or one of several choices."""

    model_config = FROZEN | {"serialize_by_alias": True}

    float_: tuple[float, float] | None = Field(None, alias="float", description="evenly drawn")
    log: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] | None = Field(
        None, description="its logarithm evenly drawn"
    )
    int_: tuple[StrictInt, StrictInt] | None = Field(None, alias="int", description="whole")
    choices: tuple[JsonValue, ...] | None = Field(None, min_length=2)

    @model_validator(mode="after")
    def _one_kind_and_low_before_high(self) -> "Values":
        kinds = [kind for kind in (self.float_, self.log, self.int_, self.choices) if kind]
        if len(kinds) != 1:
            raise ValueError("give one of float: [low, high], log: [low, high], int: [low, high] "
                             "and choices: [one, other]")  # fmt: skip
        ends = self.ends
        if self.choices is None and not ends[0] < ends[1]:
            raise ValueError(f"low is {ends[0]} and high is {ends[1]}; low comes first")
        if len({json.dumps(end) for end in ends}) < len(ends):
            raise ValueError("a choice stands twice")
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """Low and high, or all choices."""
        return self.float_ or self.log or self.int_ or self.choices or ()

    def has(self, value: Any) -> bool:
        """Say whether a setting may be this."""
        if self.choices:
            return value in self.choices
        number = isinstance(value, int if self.int_ else int | float)
        return number and self.ends[0] <= value <= self.ends[1]


class Budget(BaseModel):
    """How much a search may cost."""

    model_config = FROZEN

    trials: int = Field(ge=1, le=10_000, description="besides the recipe in use, which is trial 0")
    epochs: int | None = Field(None, ge=1, description="of the only phase, instead of the recipe's")
    images: int | None = Field(
        None, ge=14, description="train on so many, drawn by class; validate on all"
    )
    prune_after: int | None = Field(
        None, ge=1, description="epochs; from then on a trial below the median is given up"
    )


class Search(BaseModel):
    """A validated search file; `seed` is that of the sampler and of each trial's training."""

    model_config = FROZEN

    study: Name
    model: ModelName
    train: Name
    seed: StrictInt = Field(0, ge=0)
    budget: Budget
    space: dict[str, Values] = Field(min_length=1, description="by place, as `optimizer.lr`")

    @model_validator(mode="after")
    def _places_are_settings_of_a_recipe(self) -> "Search":
        valid = list(settings_of(Recipe))
        for place in self.space:
            if place not in valid:
                raise unknown("setting of a recipe", place, valid)
            above = next((one for one in self.space if place.startswith(f"{one}.")), None)
            if above:
                raise ValueError(f"space has {above} and {place}, which is a part of it")
        return self


def settings_of(part: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the places of all settings of a part of a recipe: `optimizer`, `optimizer.name` ..."""
    for name, field in part.model_fields.items():
        yield f"{before}{name}"
        if get_origin(field.annotation) is not tuple:
            for kind in (field.annotation, *get_args(field.annotation)):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    yield from settings_of(kind, f"{before}{name}.")


def list_searches() -> list[str]:
    """Return the names of the search files."""
    return sorted(path.stem for path in paths.searches_dir().glob("*.yml"))


def load_search(name: str) -> tuple[Search, Study]:
    """Return the search in `searches/<name>.yml` and its study.

    A search that is unknown, names what its study lacks, or has a value that the model's recipe
    refuses, alone or beside the others, is a FerError.
    """
    path = paths.searches_dir() / f"{name}.yml"
    if name not in list_searches():
        raise unknown("search", name, list_searches())
    require_name(name, "name of the search")
    content = parse_yaml(path.read_bytes(), path)
    if not isinstance(content, dict):
        raise FerError(f"{path}: a search is a mapping; see searches/faces48-nhfi.yml")
    try:
        search = Search.model_validate(content)
        study = load_study(search.study)
        seeds = [cell for cell in study.cells() if cell.model == search.model]
        study.cell(search.model, search.train, seeds[0].seed if seeds else 0)
        _require_values(search, recipe_in_use(search, study))
    except ValidationError as error:
        raise FerError(f"{path}: {_fault(error)}") from error
    except FerError as error:
        raise FerError(f"{path}: {error}") from error
    return search, study


def recipe_in_use(search: Search, study: Study) -> Recipe:
    """Return the recipe that the study gives the model, with the epochs of the search's budget."""
    recipe = study.recipe_for(search.model)
    if search.budget.epochs is None:
        return recipe
    if len(recipe.phases) > 1:
        raise FerError(
            f"the recipe of {search.model} has {len(recipe.phases)} phases; leave epochs out of "
            "the budget, or search phases"
        )
    phase = recipe.phases[0].model_dump() | {"epochs": search.budget.epochs}
    return Recipe.model_validate(recipe.model_dump() | {"phases": [phase]})


def recipe_with(base: Recipe, values: Mapping[str, Any]) -> Recipe:
    """Return a recipe with other values at some places; a pydantic error where it refuses them."""
    changed: Settings = base.model_dump()
    for place, value in values.items():
        for name in reversed(place.split(".")):
            value = {name: value}
        changed = merge(changed, value)
    return Recipe.model_validate(changed)


def _require_values(search: Search, base: Recipe) -> None:
    places = list(search.space)
    ends = [values.ends for values in search.space.values()]
    if prod(map(len, ends)) > MOST_ENDS:
        raise FerError(f"space has more than {MOST_ENDS:,} combinations of ends; search fewer")
    for some in product(*ends):
        values = dict(zip(places, some, strict=True))
        try:
            made = recipe_with(base, values)
        except ValidationError as error:
            told = ", ".join(f"{place} {json.dumps(value)}" for place, value in values.items())
            raise FerError(f"the recipe refuses {told}: {_fault(error)}") from error
        if _fixed(search, made) != _fixed(search, base):
            raise FerError(f"space cannot change what trials are compared by: {FIXED}")


def _fixed(search: Search, recipe: Recipe) -> tuple[Any, ...]:
    phases = recipe.phases if search.budget.epochs else ()
    return recipe.selection, recipe.data.images, phases


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "extra_forbidden":
        return f"{'.'.join(map(str, first['loc']))}: this name is not known; check its spelling"
    return first_fault(error).replace("Value error, ", "")


def search_dir(study: str, name: str) -> Path:
    """Return the folder of a search's record."""
    return paths.results_dir() / study / "search" / name
