"""What a view changes: the same trained models on the same test images, shown in two ways."""

from collections.abc import Mapping

import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import NOTHING, Estimate, Scored, estimate_of
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import Shared, kind_of
from fer_core.analysis.outcomes import METRICS, Outcome
from fer_core.views import CLEAN


def view_changes(found: Mapping[Key, Outcome], shared: Shared | None = None) -> pd.DataFrame:
    """Return one row per model × train × test × view other than `clean`.

    Columns: model, train, test, view, kind (of test, by `shared`), n, seeds, and for accuracy and
    macro_f1 M: M, M_lo, M_hi, and change_M with _lo and _hi, the score in this view minus that in
    `clean`, paired by image and seed.
    """
    rows = []
    for key, outcome in found.items():
        if key.view == CLEAN:
            continue
        row = {**key.cell, "kind": kind_of(outcome, shared or {})}
        row |= {"n": outcome.n, "seeds": len(outcome.seeds)}
        for metric in METRICS:
            row |= spread(metric, outcome.estimate(metric))
            change = view_change(found.get(key._replace(view=CLEAN)), outcome, metric)
            row |= spread(f"change_{metric}", change)
        rows.append(row)
    return pd.DataFrame(rows)


def view_change(clean: Outcome | None, other: Outcome, metric: str) -> Estimate:
    """Return the score of `other` minus that of `clean` on the same images, by the seeds that both
    have; nothing where the images or all seeds differ."""
    if clean is None or clean.images != other.images:
        return NOTHING
    seeds = [seed for seed in other.seeds if seed in clean.seeds]
    if not seeds:
        return NOTHING
    scored = []
    for outcome in (other, clean):
        at = [outcome.seeds.index(seed) for seed in seeds]
        seen, drawn = outcome.scored(metric)
        scored.append(Scored(seen[at], drawn[:, at]))
    there, here = scored
    return estimate_of(Scored(there.seen - here.seen, there.drawn - here.drawn))
