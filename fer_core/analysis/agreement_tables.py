"""Tables of agreement: of panels of raters, of pairs of trained nets, and of nets beside people."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.agreement import (
    MEASURES,
    Panel,
    Rater,
    agreement,
    in_an_annotators_place,
    pair_kappas,
    panel_of,
)
from fer_core.analysis.cross import spread
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import Outcome
from fer_core.emotions import EIGHT
from fer_core.raters import RaterRecord
from fer_core.views import CLEAN

NETS, TRAINED_ON, EXTERNAL = "trained nets", "nets trained on", "external models"
Panels = Mapping[tuple[str, str], Panel]


def panels(
    found: Mapping[Key, Outcome],
    ranks: Mapping[str, Sequence[str]],
    most: int,
    raters: Iterable[RaterRecord] = (),
    rated: Mapping[Key, Outcome] | None = None,
) -> dict[tuple[str, str], Panel]:
    """Return the panels of two or more raters by test set and name: all trained nets, those that
    were trained on one set, external models, and each panel of annotators.

    `found`: outcomes of runs, of which those of the `most` trained nets that validation ranks
    first, as many of each training set; `ranks`: of `leaderboard.ranked_models`; `rated`: of
    `raters.rater_outcomes`. Shares of votes and simulated raters are in no panel.
    """
    chosen = set(first_nets(ranks, most))
    groups: dict[tuple[str, str], dict[Rater, Outcome]] = {}
    for key, outcome in found.items():
        net = Rater(key.model, key.train)
        if key.view == CLEAN and net in chosen:
            groups.setdefault((key.test, NETS), {})[net] = outcome
            groups.setdefault((key.test, f"{TRAINED_ON} {key.train}"), {})[net] = outcome
    for rater in raters:
        name = {"model": EXTERNAL, "annotator": rater.panel}.get(rater.kind)
        for test in rater.tests if name else ():
            outcome = (rated or {})[Key(rater.name, "", test)]
            groups.setdefault((test, name or ""), {})[Rater(rater.name)] = outcome
    several = {name: group for name, group in groups.items() if len(group) > 1}
    return {name: panel_of(several[name]) for name in sorted(several)}


def first_nets(ranks: Mapping[str, Sequence[str]], most: int) -> list[Rater]:
    """Return at most `most` trained nets: of each training set as many of those that validation
    ranks first, and at least one."""
    each = max(1, most // max(len(ranks), 1))
    return [Rater(model, train) for train, models in ranks.items() for model in models[:each]]


def agreement_table(found: Panels) -> pd.DataFrame:
    """Return one row per panel: test, panel, raters (how many), n (images that two or more
    answered), and each measure of `agreement`, with _lo and _hi."""
    rows = []
    for (test, name), panel in found.items():
        row: dict[str, object] = {"test": test, "panel": name, "raters": len(panel.names)}
        row["n"] = int((panel.votes.sum(axis=1) > 1).sum())
        measured = agreement(panel)
        for measure in (*MEASURES, *EIGHT):
            row |= spread(measure, measured[measure])
        rows.append(row)
    return pd.DataFrame(rows)


def pair_table(found: Panels) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return Cohen's kappa of the pairs of trained nets, and what a common training set adds.

    The first has one row per test set and pair: test, model, train, other, other_train, n (images
    that all nets answered), kappa. The second one per test set with pairs of both kinds: test, n,
    pairs_same (trained on one set), pairs_other, kappa_same, kappa_other (the means) and
    difference. Estimates with _lo and _hi.
    """
    rows: list[dict[str, object]] = []
    lineage: list[dict[str, object]] = []
    for (test, name), panel in found.items():
        if name != NETS:
            continue
        kappas = pair_kappas(panel)
        for (one, other), estimate in zip(kappas.pairs, kappas.each(), strict=True):
            row: dict[str, object] = {"test": test, **one._asdict()}
            row |= {"other": other.model, "other_train": other.train, "n": kappas.n}
            rows.append(row | spread("kappa", estimate))
        same = np.array([one.train == other.train for one, other in kappas.pairs])
        if same.any() and not same.all():
            row = {"test": test, "n": kappas.n}
            row |= {"pairs_same": int(same.sum()), "pairs_other": int((~same).sum())}
            row |= spread("kappa_same", kappas.mean(same))
            row |= spread("kappa_other", kappas.mean(~same))
            lineage.append(row | spread("difference", kappas.difference(same)))
    return pd.DataFrame(rows), pd.DataFrame(lineage)


def people_table(found: Panels) -> pd.DataFrame:
    """Return one row per trained net and panel of annotators of the same test set: test, panel,
    annotators, model, train, net (how often an annotator gave the net's answer), annotator (how
    often one gave that of another) and difference, with _lo and _hi."""
    rows = []
    for (test, name), people in found.items():
        if name in (NETS, EXTERNAL) or name.startswith(TRAINED_ON) or (test, NETS) not in found:
            continue
        for net, told in in_an_annotators_place(found[test, NETS], people).items():
            row: dict[str, object] = {"test": test, "panel": name, "annotators": len(people.names)}
            row |= net._asdict()
            for column, estimate in zip(("net", "annotator", "difference"), told, strict=True):
                row |= spread(column, estimate)
            rows.append(row)
    return pd.DataFrame(rows)
