"""The sentences that a chapter states as its answer, computed from its tables."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.leaks import leaky_pairs
from fer_core.analysis.outcomes import Key, Outcome
from fer_core.analysis.scores import present, recalls
from fer_core.book.audit import Audit
from fer_core.book.markdown import listed, plain
from fer_core.emotions import EIGHT
from fer_core.figures.style import percent
from fer_core.figures.tables import SHOWN, interval_text
from fer_core.runs import RunStatus

CONFLICTS = "groups with conflicting labels"


def about_datasets(counts: pd.DataFrame, cleaning: pd.DataFrame) -> str:
    """Say how many images there are, how many are not used, and how many are copies."""
    total = cleaning[["images", "not used", "extra copies", CONFLICTS]].sum()
    return (
        f"{_number(len(cleaning), 'data set')} with {total['images']:,} images, of which "
        f"{total['not used']:,} are not used. {total['extra copies']:,} are byte-identical copies "
        f"of another image of their set, and {total[CONFLICTS]:,} groups of copies carry more "
        f"than one label. {_imbalance(counts)}"
    )


def about_audit(audit: Audit, worth: pd.DataFrame, study: str) -> str:
    """Say how much data sets share with each other and what the largest gain from it is."""
    if not audit.done:
        return (
            "These results were written before data sets were audited for near copies; to audit "
            f"them, run: fer summarise {plain(study)}."
        )
    pairs, near = len(audit.leaks), audit.near
    text = (
        f"{_number(len(near), 'pair')} of near copies were found, "
        f"{int(near['mirrored'].sum()):,} of them mirrored. In {len(leaky_pairs(audit.leaks))} "
        f"of {_number(pairs, 'pair')} of a training set and a test set, training shares images "
        "or persons with the test."
    )
    if worth.empty:
        return text
    top = worth.sort_values("gain").iloc[-1]
    return (
        f"{text} The largest difference is that of {plain(top['model'])} from "
        f"{plain(top['train'])} to {plain(top['test'])}: accuracy {_estimate(top, 'gain')} higher "
        f"with the {_number(int(top['leaking']), 'leaking image')} than without."
    )


def about_leaderboard(board: pd.DataFrame, by: str) -> str:
    """Say for each training set which model is first, how sure that is, and how it does away."""
    parts = []
    for _, row in board[board["rank"] == 1].iterrows():
        text = (
            f"Trained on {plain(row['train'])}, **{plain(row['model'])}** is first on validation "
            f"images ({_title(by)} {_estimate(row, f'validation_{by}')})"
        )
        if row["tied"]:
            text += ", but not by more than the intervals allow"
        if not pd.isna(row[f"home_{by}"]):
            text += f"; at home it scores {_estimate(row, f'home_{by}')}"
        if row["away_cells"]:
            where = _number(int(row["away_cells"]), "other test set")
            text += f", on average over {where} {_estimate(row, f'away_{by}')}"
        parts.append(f"- {text}.")
    return "\n".join(parts)


def about_holes(statuses: Sequence[RunStatus]) -> str:
    """Say how many of the planned runs are done, and name those that are not."""
    holes = [status for status in statuses if status.state != "done"]
    text = f"{len(statuses) - len(holes)} of {len(statuses)} planned runs are done."
    names = [f"{s.model} on {s.train}, seed {s.seed} ({s.state})" for s in holes]
    return f"{text} Missing: {listed(names)}." if names else text


def about_matrices(cross: pd.DataFrame, metric: str = "macro_f1") -> str:
    """Say how much models lose away from home, on average and at worst."""
    done = cross[cross["state"].isin(SHOWN)]
    home, away = done[done["home"]], done[~done["home"]]
    if home.empty or away.empty:
        return (
            f"This study compares {_number(len(done), 'cell')}, none of which can be set "
            "against a home score."
        )
    text = (
        f"At home the mean {_title(metric)} is {home[metric].mean():.3f} "
        f"({_number(len(home), 'cell')}), away from home {away[metric].mean():.3f} "
        f"({_number(len(away), 'cell')})."
    )
    drop = f"row_drop_common_{metric}"
    known = away.dropna(subset=[drop])
    if known.empty:
        return text
    worst = known.sort_values(drop).iloc[-1]
    return (
        f"{text} The largest loss, on the emotions that both sets have, is that of "
        f"{plain(worst['model'])} from {plain(worst['train'])} to {plain(worst['test'])}: "
        f"{_estimate(worst, drop)}."
    )


def about_confusion(found: Mapping[Key, Outcome]) -> str:
    """Say which emotion is recognised best and worst over all cells, and the largest confusion."""
    total = np.sum([outcome.confusion for outcome in found.values()], axis=0)
    there = np.flatnonzero(present(total))
    recall = recalls(total)
    best, worst = there[recall[there].argmax()], there[recall[there].argmin()]
    shares = np.nan_to_num(total / np.maximum(total.sum(axis=1, keepdims=True), 1))
    np.fill_diagonal(shares, 0)
    true, answer = np.unravel_index(int(shares.argmax()), shares.shape)
    return (
        f"Over all {len(found)} cells, {EIGHT[best]} is recognised best "
        f"({percent(recall[best])} of its images) and {EIGHT[worst]} worst "
        f"({percent(recall[worst])}). The commonest confusion is {EIGHT[true]} taken for "
        f"{EIGHT[answer]} ({percent(shares[true, answer])} of {EIGHT[true]})."
    )


def about_pr(ap: pd.DataFrame) -> str:
    """Say which emotion is found most and least surely, at home and away."""
    home = ap["train"] == ap["test"]
    return " ".join(
        _extremes(where, part)
        for where, part in (("At home", ap[home]), ("Away", ap[~home]))
        if len(part)
    )


def about_training(kept: pd.DataFrame) -> str:
    """Say how many runs there are, at which epoch they were kept, and how long they took."""
    late = int((kept["kept epoch"] == kept["epochs"]).sum())
    return (
        f"{_number(len(kept), 'run')} took {kept['minutes'].sum():,.1f} minutes in all. The last "
        f"epoch was kept in {late} of them; there, more epochs might have helped. At the kept "
        f"epoch, training accuracy minus validation accuracy is {kept['gap'].median():.3f} in the "
        f"median run and {kept['gap'].max():.3f} at most."
    )


def _extremes(where: str, ap: pd.DataFrame) -> str:
    means = ap.groupby("emotion")["ap"].mean().sort_values(ascending=False)
    cells = len(ap[["model", "train", "test"]].drop_duplicates())
    best, worst = means.index[0], means.index[-1]
    return (
        f"{where}, average precision is highest for {best} (mean {means.iloc[0]:.3f}) and lowest "
        f"for {worst} (mean {means.iloc[-1]:.3f}), over {_number(cells, 'cell')}."
    )


def _imbalance(counts: pd.DataFrame) -> str:
    """Name the data set with the largest ratio of its most to its least frequent emotion."""
    totals = counts[counts["count"] > 0].groupby(["dataset", "emotion"], sort=False)["count"].sum()
    sets = totals.groupby("dataset", sort=False)
    ratios = (sets.max() / sets.min()).sort_values(ascending=False, kind="stable")
    name, ratio = str(ratios.index[0]), float(ratios.iloc[0])
    if ratio == 1:
        return "Every set has as many images of each of its emotions."
    mine = totals.xs(name, level="dataset")
    return (
        f"The least balanced set is {plain(name)}: for each image of {mine.idxmin()} it has "
        f"{ratio:,.0f} of {mine.idxmax()}."
    )


def _estimate(row: pd.Series, name: str) -> str:
    return interval_text(row[name], row[f"{name}_lo"], row[f"{name}_hi"])


def _title(metric: str) -> str:
    return metric.replace("macro_f1", "macro-F1")


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")
