"""Searches in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.searches import Searched
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.titles import Titles
from fer_core.figures.columns import METRICS
from fer_core.figures.searches import shown_value
from fer_core.figures.tables import interval_text
from fer_core.trials import COMPLETE, FAILED, IN_USE, PRUNED

MEASURES = {**METRICS, "loss": "loss"}
UNSEEN = "No image of a test split was trained on, validated with or predicted."


def measure_name(found: Searched) -> str:
    """Return how people write the measure of a search."""
    return MEASURES[found.record.measure]


def about_searches(searches: Sequence[Searched], titles: Titles) -> str:
    """Say of each search which settings are best, their score, and by how much it is above that of
    the recipe in use; or that validation images do not tell them apart."""
    return "\n\n".join((*(about_search(found, titles) for found in searches), UNSEEN))


def about_search(found: Searched, titles: Titles) -> str:
    """Answer for one search."""
    record, row = found.record, _row(found)
    score = interval_text(row["score"], row["score_lo"], row["score_hi"])
    of = f"{len(found.trials) - 1} trials"
    who = f"{titles.model(record.search.model)} on {titles.dataset(record.search.train)}"
    where = f"{measure_name(found)} {score} on {record.validation_images:,} validation images"
    if found.best.number == IN_USE:
        return f"{plain(who)}: none of {of} is better than the recipe in use, {where}."
    settings = ", ".join(f"{plain(name)} {plain(text)}" for name, text in _settings(found).items())
    best = f"trial {found.best.number} of {of} is best ({settings}): {where}"
    gain = interval_text(row["gain"], row["gain_lo"], row["gain_hi"])
    if pd.isna(row["gain"]):
        text = f"{plain(who)}: {best}; the recipe in use could not be trained so."
    elif is_better(found):
        text = f"{plain(who)}: {best}. That is better than the recipe in use by {gain}."
    else:
        text = (
            f"{plain(who)}: these images do not tell the best settings from the recipe in use. "
            f"{best[0].upper()}{best[1:]}, better than the recipe in use by {gain}."
        )
    return f"{text} {about_tied(found)}"


def about_tied(found: Searched) -> str:
    """Say how many other complete trials are not told apart from the best."""
    others = found.table[
        (found.table["state"] == COMPLETE) & (found.table["trial"] != found.best.number)
    ]
    tied = int((others["behind_lo"] <= 0).sum())
    return (
        f"Of {len(others)} other complete trials, the recipe in use counted as one, {tied} are not "
        "told apart from it."
    )


def is_better(found: Searched) -> bool:
    """Say whether the best trial is told apart from the recipe in use."""
    return bool(_row(found)["gain_lo"] > 0)


def found_better(searches: Sequence[Searched]) -> str:
    """Say in how many searches a trial is told apart from the recipe in use: a heading."""
    better = sum(map(is_better, searches))
    if len(searches) == 1:
        return "A trial beats the recipe in use" if better else "No trial beats the recipe in use"
    return f"In {better} of {len(searches)} searches a trial beats the recipe in use"


def leads(importance: pd.DataFrame) -> bool:
    """Say whether one setting is more important than all others whichever trial is left out."""
    if importance.empty:
        return False
    return bool((importance["least"].iloc[0] > importance["largest"].iloc[1:]).all())


def what_matters(tables: Sequence[pd.DataFrame]) -> str:
    """Say of which setting it is certain that it matters most: a heading."""
    named = [str(table["setting"].iloc[0]) for table in tables if leads(table)]
    if not named:
        return "Which setting matters most is not decided"
    if len(tables) == 1:
        return f"{named[0]} matters most"
    return f"In {len(named)} of {len(tables)} searches one setting matters most"


def about_states(found: Searched) -> str:
    """Say how the trials ended and what they cost, as a sentence for a caption."""
    states = [trial.state for trial in found.trials]
    minutes = sum(trial.seconds for trial in found.trials) / 60
    after = found.record.search.budget.prune_after
    pruned = f", {states.count(PRUNED)} given up below the median" if after else ""
    failed = f", {states.count(FAILED)} failed" if FAILED in states else ""
    return (
        f"{states.count(COMPLETE)} trials are complete{pruned}{failed}; all trained on "
        f"{found.record.train_images:,} images for {found.record.recipe.epochs} epochs at most, "
        f"{minutes:.0f} minutes together."
    )


def shown_trials(found: Searched) -> pd.DataFrame:
    """Return the trials as a page shows them, the best first, those without a score last."""
    ascending = found.record.measure == "loss"
    rows = []
    for row in found.table.sort_values("score", ascending=ascending, kind="stable").to_dict(
        "records"
    ):
        name = measure_name(found)
        rows.append(
            {
                "trial": f"{row['trial']}" if row["trial"] != IN_USE else "in use",
                "state": "given up" if row["state"] == PRUNED else row["state"],
                f"{name} [95 %]": interval_text(row["score"], row["score_lo"], row["score_hi"]),
                "above the recipe in use [95 %]": _estimate(row, "gain"),
                "below the best [95 %]": _estimate(row, "behind"),
                **{place: shown_value(row[place]) for place in found.record.search.space},
            }
        )
    return pd.DataFrame(rows)


def shown_importances(table: pd.DataFrame) -> pd.DataFrame:
    """Return importances as a page shows them."""
    names = {"least": "least, one trial left out", "largest": "largest"}
    return table.rename(columns=names)


def shown_by_hand(table: pd.DataFrame) -> pd.DataFrame:
    """Return what was tried by hand as a page shows it."""
    scores = {f"val_{measure}": name for measure, name in MEASURES.items()}
    shown = table.assign(**{name: pd.to_numeric(table[name]) for name in scores if name in table})
    return shown.replace({"images": {"0": "all"}}).rename(columns=scores)


def _estimate(row: Mapping[Any, Any], name: str) -> str:
    return interval_text(row[name], row[f"{name}_lo"], row[f"{name}_hi"])


def _row(found: Searched) -> Mapping[Any, Any]:
    return found.table.set_index("trial").loc[found.best.number].to_dict()


def _settings(found: Searched) -> dict[str, str]:
    return {place: shown_value(value) for place, value in found.best.values.items()}
