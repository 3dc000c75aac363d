"""Tables of agreement: of panels of raters, of pairs of trained nets, and of nets beside people."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from fer_core.analysis.agreement import (
    MEASURES,
    NONE,
    Panel,
    Rater,
    agreement,
    alpha_apart,
    in_an_annotators_place,
    panel_of,
)
from fer_core.analysis.cross import spread
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.pair_agreement import pair_kappas
from fer_core.emotions import EIGHT
from fer_core.raters import RaterRecord
from fer_core.views import CLEAN

NETS, TRAINED_ON = "trained nets", "nets trained on"
EXTERNAL, ANNOTATORS = "external models", "annotators"
Panels = Mapping[tuple[str, str], Panel]


def panels(
    found: Mapping[Key, Outcome],
    nets: Collection[Rater],
    raters: Iterable[RaterRecord] = (),
    rated: Mapping[Key, Outcome] = MappingProxyType({}),
) -> dict[tuple[str, str], Panel]:
    """Return the panels by test set and name: trained nets, those that were trained on one set
    where there are several sets, external models, and annotators, by the names of their panels.

    `found`: outcomes of runs; `nets`: which of them; `rated`: of `raters.rater_outcomes`, one for
    each of `raters`. A panel has two raters or more, but a single net is one of trained nets, to
    stand beside people. Shares of votes and simulated raters are in none.
    """
    several = len({net.train for net in nets}) > 1
    groups: dict[tuple[str, str], dict[Rater, Outcome]] = {}
    for key, outcome in found.items():
        net = Rater(key.model, key.train)
        if key.view == CLEAN and net in nets:
            groups.setdefault((key.test, NETS), {})[net] = outcome
            if several:
                groups.setdefault((key.test, f"{TRAINED_ON} {key.train}"), {})[net] = outcome
    for rater in raters:
        name = panel_name(rater.kind, rater.panel)
        for test in rater.tests if name else ():
            outcome = rated[Key(rater.name, "", test)]
            groups.setdefault((test, name), {})[Rater(rater.name)] = outcome
    kept = {name: group for name, group in groups.items() if len(group) > 1 or name[1] == NETS}
    return {name: panel_of(kept[name]) for name in sorted(kept)}


def panel_name(kind: str, panel: str | None) -> str:
    """Return the panel to which raters of a kind belong, "" for those of none; `panel`: what their
    records name."""
    return {"model": EXTERNAL, "annotator": panel or ANNOTATORS}.get(kind, "")


def first_nets(ranks: Mapping[str, Sequence[str]], most: int) -> list[Rater]:
    """Return the `most` trained nets that validation ranks first on their training sets, of equal
    ranks those of the first sets; `ranks`: of `leaderboard.ranked_models`."""
    ranked = [
        (rank, place, Rater(model, train))
        for place, (train, models) in enumerate(ranks.items())
        for rank, model in enumerate(models)
    ]
    return [net for _, _, net in sorted(ranked)[:most]]


def agreement_table(found: Panels) -> pd.DataFrame:
    """Return one row per panel of two or more: test, panel, raters (how many), n (images that two
    or more answered), drawn, and each measure of `agreement`, with _lo and _hi."""
    rows = []
    for (test, name), panel in found.items():
        if len(panel.names) > 1:
            row: dict[str, object] = {"test": test, "panel": name, "raters": len(panel.names)}
            row |= {"n": int((panel.votes.sum(axis=1) > 1).sum()), "drawn": panel.images.unit}
            measured = agreement(panel)
            for measure in (*MEASURES, *EIGHT):
                row |= spread(measure, measured[measure])
            rows.append(row)
    return pd.DataFrame(rows)


def apart_table(found: Panels) -> pd.DataFrame:
    """Return how much more nets agree than people: one row per panel of nets and panel of
    annotators of a test set: test, panel (of nets), people, raters and annotators (how many), n
    (images that two or more of either answered), drawn, and difference of alpha, _lo and _hi."""
    rows = []
    for (test, name), people, nets, mine in _beside_people(found):
        if len(mine.names) > 1:
            row: dict[str, object] = {"test": test, "panel": nets, "people": name}
            row |= {"raters": len(mine.names), "annotators": len(people.names)}
            row["n"], difference = alpha_apart(mine, people)
            rows.append(row | {"drawn": mine.images.unit} | spread("difference", difference))
    return pd.DataFrame(rows)


def pair_table(found: Panels) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return Cohen's kappa of the pairs of trained nets, and what a common training set adds.

    The first has one row per test set and pair: test, model, train, other, other_train, n (images
    that all nets answered), drawn, kappa. The second one per test set with pairs of both kinds that
    have a kappa: test, n, drawn, pairs_same (trained on one set), pairs_other, kappa_same,
    kappa_other (the means) and difference. Estimates with _lo and _hi.
    """
    rows: list[dict[str, object]] = []
    lineage: list[dict[str, object]] = []
    for (test, name), panel in found.items():
        if name != NETS or len(panel.names) < 2:
            continue
        kappas = pair_kappas(panel)
        common: dict[str, object] = {"n": kappas.n, "drawn": panel.images.unit}
        for (one, other), estimate in zip(kappas.pairs, kappas.each(), strict=True):
            row = {"test": test, **one._asdict(), "other": other.model, "other_train": other.train}
            rows.append(row | common | spread("kappa", estimate))
        alike = np.array([one.train == other.train for one, other in kappas.pairs])
        same, apart = alike & kappas.defined, ~alike & kappas.defined
        if same.any() and apart.any():
            row = {"test": test, **common}
            row |= {"pairs_same": int(same.sum()), "pairs_other": int(apart.sum())}
            row |= spread("kappa_same", kappas.mean(same))
            row |= spread("kappa_other", kappas.mean(apart))
            lineage.append(row | spread("difference", kappas.difference(same, apart)))
    return pd.DataFrame(rows), pd.DataFrame(lineage)


def people_table(found: Panels) -> pd.DataFrame:
    """Return one row per trained net and panel of annotators of the same test set: test, panel,
    annotators, model, train, n (images that it and two or more annotators answered), drawn, net
    (how often an annotator gave the net's answer), annotator (how often one gave that of another)
    and difference, with _lo and _hi."""
    rows = []
    for (test, name), people, nets, mine in _beside_people(found):
        if nets != NETS:
            continue
        several = people.votes.sum(axis=1) > 1
        told = in_an_annotators_place(mine, people)
        for (net, estimates), answers in zip(told.items(), mine.answers, strict=True):
            row: dict[str, object] = {"test": test, "panel": name, "annotators": len(people.names)}
            row |= {**net._asdict(), "n": int((several & (answers != NONE)).sum())}
            row["drawn"] = people.images.unit
            for column, estimate in zip(("net", "annotator", "difference"), estimates, strict=True):
                row |= spread(column, estimate)
            rows.append(row)
    return pd.DataFrame(rows)


def is_of_nets(panel: str) -> bool:
    """Say whether a panel of that name is one of trained nets."""
    return panel == NETS or panel.startswith(f"{TRAINED_ON} ")


def _beside_people(found: Panels) -> Iterator[tuple[tuple[str, str], Panel, str, Panel]]:
    """Yield every panel of annotators with each panel of nets of the same test set."""
    for (test, name), people in found.items():
        if name != EXTERNAL and not is_of_nets(name):
            for (tested, nets), mine in found.items():
                if tested == test and is_of_nets(nets):
                    yield (test, name), people, nets, mine
