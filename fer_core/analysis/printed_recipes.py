"""The training recipes of papers beside what the papers and their code say, value by value."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.csv_files import read_csv
from fer_core.errors import FerError
from fer_core.recipe import Recipe
from fer_core.recipe_files import BASE, resolve
from fer_core.yaml_files import parse_yaml

FILE = "book/printed_recipes.csv"
COLUMNS = ("recipe", "setting", "printed", "said_by", "source")
AS_RUN = "-as-run"  # how the name of a recipe ends that follows the code
OURS = ("selection.measure",)  # papers chose the epoch on test images


def recipe_table(path: Path | None = None) -> pd.DataFrame:
    """Return one row per value that a paper or its code says, of `book/printed_recipes.csv` or
    `path`.

    Columns: recipe (a name in `recipes/`), setting (its place in a recipe, with dots), printed and
    ours (JSON), agrees, said_by (text, code, or an option of the code without effect), source.
    """
    path = path or paths.root() / FILE
    table = read_csv(path, columns=COLUMNS, way_out="restore it")
    ours, agrees = [], []
    for row in table.to_dict("records"):
        value = value_at(recipe_named(row["recipe"]), row["setting"])
        try:
            printed = json.loads(row["printed"])
        except ValueError as error:
            raise FerError(f"{path}: {row['printed']!r} is no JSON; mend it") from error
        ours.append(json.dumps(value))
        agrees.append(value == printed)
    return table.assign(ours=ours, agrees=agrees)


def text_against_code(names: Iterable[str]) -> pd.DataFrame:
    """Return one row per setting in which a recipe as run, of the code, differs from that of the
    text, on which it is based: recipe, setting, text, code (JSON)."""
    rows = []
    for name in names:
        based = parse_yaml((paths.recipes_dir() / f"{name}.yml").read_bytes(), name)[BASE]
        here, there = recipe_named(name), recipe_named(based)
        for place in dict.fromkeys((*_leaves(there), *_leaves(here))):
            text, code = (json.dumps(value_at(values, place)) for values in (there, here))
            if text != code:
                row = {"recipe": name, "setting": place, "text": text, "code": code}
                rows.append(row)
    return pd.DataFrame(rows, columns=["recipe", "setting", "text", "code"])


def recipe_named(name: str) -> dict[str, Any]:
    """Return all values of a recipe in `recipes/`, those of its phases as far as they are given."""
    recipe = Recipe.model_validate(resolve({BASE: name}))
    phases = [phase.model_dump(mode="json", exclude_defaults=True) for phase in recipe.phases]
    return {**recipe.model_dump(mode="json"), "phases": phases}


def value_at(values: dict[str, Any], setting: str) -> Any:
    """Return the value at a place such as `optimizer.lr`; FerError where there is none."""
    found: Any = values
    for name in setting.split("."):
        if not isinstance(found, dict) or name not in found:
            raise FerError(f"{FILE} names {setting}, which is no setting of a recipe; mend it")
        found = found[name]
    return found


def unsaid(name: str, table: pd.DataFrame) -> list[str]:
    """Return the settings of a recipe that differ from the defaults and that `table`, of
    `recipe_table`, says nothing of, but for those that are ours on purpose."""
    said = set(table.loc[table["recipe"] == name, "setting"]) | set(OURS)
    recipe = Recipe.model_validate(resolve({BASE: name}))
    return [place for place in _leaves(recipe.identity()) if place not in said]


def _leaves(values: dict[str, Any], above: str = "") -> list[str]:
    places = []
    for name, value in values.items():
        place = f"{above}{name}"
        places += _leaves(value, f"{place}.") if isinstance(value, dict) else [place]
    return places
