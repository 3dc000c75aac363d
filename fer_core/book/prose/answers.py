"""The sentences that a chapter states as its answer, computed from its tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fer_core.analysis.audit import Audit
from fer_core.analysis.constant import NEARLY_ALL
from fer_core.analysis.kinds import (
    AVERAGED,
    NOT_AUDITED,
    kinds_in,
)
from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.analysis.leaks import Leaks, NotAudited, leaky_pairs
from fer_core.book.prose.markdown import listed, plain
from fer_core.book.prose.words import counted, estimate_text
from fer_core.figures.columns import METRICS
from fer_core.figures.marks import no_better
from fer_core.figures.style import percent
from fer_core.figures.tables import SHOWN
from fer_core.runs import RunStatus


def about_audit(audit: Audit, worth: pd.DataFrame) -> str:
    """Say how much data sets share with each other and what the largest gain from it is."""
    pairs, near = len(audit.leaks), audit.near
    unknown = int(audit.leaks["persons"].isna().sum())
    persons = f"; for {unknown:,} it is unknown whether they share persons" if unknown else ""
    text = (
        f"{counted(len(near), 'pair')} of near copies were found, "
        f"{int(near['mirrored'].sum()):,} of them mirrored. In {len(leaky_pairs(audit.leaks))} "
        f"of {counted(pairs, 'pair')} of a training set and a test set, training is known to share "
        f"images or persons with the test{persons}."
    )
    if worth.empty:
        return text
    top = worth.sort_values("gain").iloc[-1]
    return (
        f"{text} The largest difference is that of {plain(top['model'])} from "
        f"{plain(top['train'])} to {plain(top['test'])}: accuracy "
        f"{estimate_text(top.to_dict(), 'gain')} higher with the "
        f"{counted(int(top['leaking']), 'leaking image')} than without."
    )


def about_no_leaks(leaks: Leaks) -> str:
    """Say why there is nothing to show of what leaks are worth."""
    if isinstance(leaks, NotAudited):
        return f"Not known: {plain(leaks.reason)}."
    return "None found: no training set and test set are known to share images or persons."


def about_holes(statuses: Sequence[RunStatus]) -> str:
    """Say how many of the planned runs are done, and name those that are not."""
    holes = [status for status in statuses if status.state != "done"]
    text = f"{len(statuses) - len(holes)} of {len(statuses)} planned runs are done."
    names = [f"{s.model} on {s.train}, seed {s.seed} ({s.state})" for s in holes]
    return f"{text} Missing: {listed(names)}." if names else text


def about_matrices(cross: pd.DataFrame, metric: str = RANKED_BY) -> str:
    """Say how models score in each kind of test, what is lost at worst, and which cells are no
    better than the constant answer."""
    done = cross[cross["state"].isin(SHOWN)]
    means = [
        f"{kind} {done.loc[done['kind'] == kind, metric].mean():.3f} "
        f"({counted(int((done['kind'] == kind).sum()), 'cell')})"
        for kind in kinds_in(done["kind"])
        if kind != NOT_AUDITED
    ]
    text = f"Mean {METRICS[metric]} by kind of test: {', '.join(means) or 'none'}."
    alone = int((done["kind"] == NOT_AUDITED).sum())
    if alone:
        text += (
            f" {counted(alone, 'cell')} of sets whose photographs were not compared with those of "
            "the training set are in no mean."
        )
    drop = f"row_drop_common_{metric}"
    known = done[done["kind"].isin(AVERAGED)].dropna(subset=[drop])
    if len(known):
        worst = known.sort_values(drop).iloc[-1]
        text += (
            " The largest loss, on the emotions that both sets have, is that of "
            f"{plain(worst['model'])} from {plain(worst['train'])} to {plain(worst['test'])} "
            f"({worst['kind']}): {estimate_text(worst.to_dict(), drop)}."
        )
    return f"{text} {about_constants(done)}"


def about_constants(cross: pd.DataFrame) -> str:
    """Say how many cells are no better than always answering the most frequent emotion, and which
    models name one emotion for nearly every image."""
    rows = cross.to_dict("records")
    counts = [
        f"in {METRICS[metric]}: {sum(no_better(row, metric) for row in rows)} of "
        f"{counted(len(rows), 'cell')}"
        for metric in METRICS
    ]
    text = f"Not above the constant answer {', '.join(counts)}."
    named = cross[cross["most_named_share"] >= NEARLY_ALL]
    if named.empty:
        return text
    told = [
        f"{plain(row['model'])} from {plain(row['train'])} to {plain(row['test'])} names "
        f"{row['most_named']} for {percent(row['most_named_share'])} of the images"
        for row in named.sort_values("most_named_share", ascending=False).to_dict("records")
    ]
    more = f", and {counted(len(told) - 3, 'more cell')}" if len(told) > 3 else ""
    return f"{text} Nearly one answer for all: {'; '.join(told[:3])}{more}."


def about_pr(ap: pd.DataFrame, first: Mapping[str, str]) -> str:
    """Say which emotion the first model of each training set finds most and least surely, by kind
    of test. `first`: of `fer_core.analysis.leaderboard.first_models`."""
    mine = ap[ap["model"] == ap["train"].map(first)]
    parts = [_extremes(kind, mine[mine["kind"] == kind]) for kind in kinds_in(mine["kind"])]
    return "\n- ".join(("Of the models that validation ranks first:\n", *parts))


def about_training(kept: pd.DataFrame) -> str:
    """Say how many runs there are, at which epoch they were kept, and how long they took."""
    late = int((kept["kept epoch"] == kept["epochs"]).sum())
    return (
        f"{counted(len(kept), 'run')} took {kept['minutes'].sum():,.1f} minutes in all. The last "
        f"epoch was kept in {late} of them; there, more epochs might have helped. At the kept "
        f"epoch, training accuracy minus validation accuracy is {kept['gap'].median():.3f} in the "
        f"median run and {kept['gap'].max():.3f} at most."
    )


def _extremes(where: str, ap: pd.DataFrame) -> str:
    means = ap.groupby("emotion")["ap"].mean().sort_values(ascending=False)
    cells = len(ap[["model", "train", "test"]].drop_duplicates())
    best, worst = means.index[0], means.index[-1]
    return (
        f"{where}: average precision is highest for {best} (mean {means.iloc[0]:.3f}) and lowest "
        f"for {worst} (mean {means.iloc[-1]:.3f}), over {counted(cells, 'cell')}."
    )
