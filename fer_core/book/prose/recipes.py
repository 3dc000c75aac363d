"""The recipes of papers in words."""

import pandas as pd

from fer_core.book.prose.markdown import listed
from fer_core.book.prose.words import counted

DIFFERENCES = {"recipe": "recipe", "setting": "setting", "text": "text", "code": "as run"}


def about_recipes(table: pd.DataFrame, apart: pd.DataFrame) -> str:
    """Say how many values of how many recipes agree with what was printed, name those that do not,
    and say in how many settings code and text differ. `table`, `apart`: of
    `fer_core.analysis.printed_recipes`."""
    recipes, agree = table["recipe"].nunique(), int(table["agrees"].sum())
    text = (
        f"{counted(recipes, 'recipe')}, {counted(len(table), 'value')}: {agree:,} are as printed."
    )
    wrong = table[~table["agrees"]]
    if len(wrong):
        text += f" Not: {listed(wrong['recipe'] + ' ' + wrong['setting'])}."
    return (
        f"{text} In {counted(len(apart), 'setting')} of {apart['recipe'].nunique()} of them the "
        "authors' code does not do what their text says."
    )


def shown_differences(apart: pd.DataFrame) -> pd.DataFrame:
    """Return the settings in which text and code differ as a page shows them."""
    return apart.map(_bare).rename(columns=DIFFERENCES)


def shown_recipes(table: pd.DataFrame) -> pd.DataFrame:
    """Return a line per recipe: its values in words, how many are as printed, who said them."""
    rows = []
    for recipe, mine in table.groupby("recipe", sort=False):
        told = [
            f"{row['setting']} {row['ours']}"
            if row["agrees"]
            else f"{row['setting']} {row['ours']} (printed: {row['printed']})"
            for row in mine.to_dict("records")
        ]
        agree = f"{int(mine['agrees'].sum())} of {len(mine)}"
        sources = "; ".join(dict.fromkeys(mine["source"]))
        rows.append(
            {"recipe": recipe, "values": "; ".join(told), "as printed": agree, "source": sources}
        )
    return pd.DataFrame(rows)


def _bare(json: str) -> str:
    return json.replace('"', "")
