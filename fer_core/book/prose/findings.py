"""What a section found, in one line as its heading: a function of the table that stands below it.

A difference counts where its interval leaves 0; where none does, the heading says so.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from fer_core.analysis.audit import Audit
from fer_core.analysis.intervals import wilson
from fer_core.analysis.kinds import OTHER
from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.analysis.leaks import Leaks, NotAudited, leaky_pairs
from fer_core.book.prose.words import counted
from fer_core.figures.columns import METRICS
from fer_core.figures.style import percent
from fer_core.figures.tables import SHOWN

SCORE = METRICS[RANKED_BY]
MOST = 3  # emotions that a heading names, and fewer pairs of them


def moved(table: pd.DataFrame, name: str) -> tuple[int, int, int]:
    """Return in how many rows the interval of `name` lies above 0, in how many below, and of how
    many rows the estimate is known."""
    known = table.dropna(subset=[name]) if len(table) else table
    if known.empty:
        return 0, 0, 0
    up, down = (known[f"{name}_lo"] > 0).sum(), (known[f"{name}_hi"] < 0).sum()
    return int(up), int(down), len(known)


def lost_elsewhere(board: pd.DataFrame) -> str:
    """Say how many trained models of a leaderboard lose on other photographs."""
    down, up, n = moved(board, f"loss_{RANKED_BY}")
    if not n:
        return "No model was tested in-domain and on other photographs"
    gained = f", {up} gain" if up else ""
    return f"{down} of {counted(n, 'trained model')} lose {SCORE} on other photographs{gained}"


def not_above(cells: pd.DataFrame) -> str:
    """Say how many scores of a cross table do not beat the constant answer."""
    done = cells[cells["state"].isin(SHOWN)] if "state" in cells else cells
    above, _, n = moved(done, f"above_constant_{RANKED_BY}")
    if not n:
        return "No score is known yet"
    if above == n:
        return f"Every {SCORE} beats the constant answer, in {counted(n, 'cell')}"
    weak = f"{n - above} of {counted(n, 'cell')}"
    return f"{weak} are not shown to beat the constant answer in {SCORE}"


def changed_by_views(changes: pd.DataFrame) -> str:
    """Say in how many cells the view that changes most of them raises a score, and lowers it."""
    if changes.empty:
        return "Other views of the test images"
    name = f"change_{RANKED_BY}"
    found = {str(view): moved(part, name) for view, part in changes.groupby("view", sort=False)}
    view = max(found, key=lambda view: sum(found[view][:2]))
    up, down, n = found[view]
    if not up + down:
        return f"No other view is shown to change {SCORE}"
    return f"The view {view} raises {SCORE} in {up} of {counted(n, 'cell')} and lowers it in {down}"


def lost(table: pd.DataFrame, name: str, where: str) -> str:
    """Say in how many cells a loss, a column of `table`, is shown, and in how many a gain; `where`
    begins the sentence."""
    down, up, n = moved(table, f"{name}_{RANKED_BY}")
    if not n:
        return f"{where}: nothing to compare"
    if not down + up:
        return f"{where}, {SCORE} is not shown to differ in any of {counted(n, 'cell')}"
    return f"{where}, {SCORE} is lower in {down} of {counted(n, 'cell')} and higher in {up}"


def missed_most(classes: pd.DataFrame, model: str, train: str) -> str:
    """Say which emotion a model misses most in-domain, and its recall there and on other
    photographs (the mean over test sets). `classes`: of `fer_core.analysis.per_class`."""
    mine = classes[(classes["model"] == model) & (classes["train"] == train)]
    own = mine[mine["test"] == train]
    if own.empty:
        return "Recall of each emotion"
    last = _extremes(own, "recall", lowest=True)
    if len(last) > 1:
        return f"Missed most in-domain, not told apart: {_or(last, MOST)}"
    (emotion,) = last
    here = float(own.loc[own["emotion"] == emotion, "recall"].iloc[0])
    away = mine[(mine["kind"] == OTHER) & (mine["emotion"] == emotion)]["recall"]
    there = f", {away.mean():.2f} elsewhere" if len(away) else ""
    return f"{emotion.capitalize()} is missed most: recall {here:.2f} in-domain{there}"


def mistaken_most(confusions: pd.DataFrame, model: str, train: str) -> str:
    """Say which emotion a model takes for which most often in-domain, as a share of the images of
    the emotion. `confusions`: of `fer_core.analysis.confusions.confusion_table`."""
    own = confusions[(confusions["model"] == model) & (confusions["train"] == train)]
    own = own[(own["test"] == train) & (own["emotion"] != own["answer"])]
    if not own["count"].sum():
        return "Which emotion is taken for which"
    lo, hi = wilson(own["count"].to_numpy(), own["n"].to_numpy())
    pairs = own["emotion"] + " for " + own["answer"]
    found = own.assign(emotion=pairs, share_lo=lo, share_hi=hi)
    most = _extremes(found, "share", lowest=False)
    if len(most) > 1:
        return f"Most confused in-domain: {_or(most, MOST - 1)}"
    share, (emotion, _) = float(found["share"].max()), most[0].split(" for ")
    return f"Most confused in-domain: {most[0]}, {percent(share)} of {emotion}"


def surest(ap: pd.DataFrame, model: str, train: str) -> str:
    """Say for which emotion a model's average precision is highest in-domain, and lowest.
    `ap`: of `fer_core.analysis.pr.average_precisions`."""
    own = ap[(ap["model"] == model) & (ap["train"] == train) & (ap["test"] == train)]
    if own.empty:
        return "Precision against recall"
    best, worst = _extremes(own, "ap", lowest=False), _extremes(own, "ap", lowest=True)
    sides = (("most surely", best), ("least surely", worst))
    parts = [f"{how}: {_or(names, MOST)}" for how, names in sides if len(names) < MOST]
    if not parts:
        return "In-domain, few emotions are told apart by how surely they are found"
    return f"In-domain, found {'; '.join(parts)}"


def worth_of_leaks(worth: pd.DataFrame, leaks: Leaks) -> str:
    """Say in how many cells leaking images raise accuracy. `worth`: of `leak_worth`."""
    if isinstance(leaks, NotAudited):
        return "What a leak is worth is not known"
    up, down, n = moved(worth, "gain")
    if not n:
        return "No leak is known that could be worth anything"
    if not up + down:
        return f"In none of {counted(n, 'cell')} do leaking images change accuracy measurably"
    return f"Leaking images raise accuracy in {up} of {counted(n, 'cell')}, lower it in {down}"


def shared_by_pairs(audit: Audit) -> str:
    """Say of how many training and test sets it is known that they share images or persons."""
    if audit.leaks.empty:
        return "What training sets share with test sets is not known"
    leaky, pairs = len(leaky_pairs(audit.leaks)), counted(len(audit.leaks), "pair")
    return f"In {leaky} of {pairs}, training shares images or persons with the test"


def copies_within(copies: pd.DataFrame) -> str:
    """Say how many data sets hold copies of their own images. `copies`: of `copies_table`."""
    some = copies[["byte copies", "near copies, pairs"]].fillna(0).astype(int).gt(0).any(axis=1)
    return f"{some.sum()} of {counted(len(copies), 'data set')} hold copies of their own images"


def shared_by_sets(shared: pd.DataFrame) -> str:
    """Say how many pairs of data sets have a copy or a person in common; `shared`: the table of
    the audit."""
    if shared.empty:
        return "What two data sets share"
    some = shared[["copies_a", "near", "persons"]].fillna(0).gt(0).any(axis=1).sum()
    return f"{some} of {counted(len(shared), 'pair')} of data sets have images or persons in common"


def found_of_planted(planted: pd.DataFrame) -> str:
    """Say how many planted copies the search finds. `planted`: of `planted_table`."""
    if planted.empty:
        return "The method and its errors"
    found, of = int(planted["found"].sum()), int(planted["planted"].sum())
    return f"The search finds {found:,} of {of:,} planted copies"


def kept_last(kept: pd.DataFrame) -> str:
    """Say in how many runs the last epoch was the best. `kept`: of `kept_epochs`."""
    late = int((kept["kept epoch"] == kept["epochs"]).sum())
    return f"The last epoch was kept in {late} of {counted(len(kept), 'run')}"


def lead_of(trains: Sequence[str], first: Mapping[str, str]) -> tuple[str, str]:
    """Return the model that headings speak of, and its training set: of the study's first training
    set that has one the model that validation ranks first."""
    train = next(name for name in trains if name in first)
    return first[train], train


def _extremes(table: pd.DataFrame, name: str, lowest: bool) -> list[str]:
    """Return the emotions whose interval reaches that of the lowest or of the highest, which comes
    first."""
    ordered = table.sort_values(name, ascending=lowest, kind="stable")
    end = ordered.iloc[0]
    if lowest:
        near = ordered[f"{name}_lo"] <= end[f"{name}_hi"]
    else:
        near = ordered[f"{name}_hi"] >= end[f"{name}_lo"]
    near.iloc[0] = True  # also where its interval is not known
    return [str(emotion) for emotion in ordered.loc[near, "emotion"]]


def _or(words: Sequence[str], most: int) -> str:
    more = [f"{len(words) - most} more"] if len(words) > most else []
    *first, last = [*words[:most], *more]
    return f"{', '.join(first)} or {last}" if first else last
