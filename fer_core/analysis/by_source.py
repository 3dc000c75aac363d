"""Results of a compiled test set, source by source: a mean over sources hides which one is hard."""

from collections.abc import Sequence

import pandas as pd

from fer_core.analysis.constant import above_constant
from fer_core.analysis.cross import spread
from fer_core.analysis.draws import DRAWS
from fer_core.analysis.intervals import NOTHING
from fer_core.analysis.outcomes import METRICS, Key, Outcome, outcomes
from fer_core.errors import FerError

ALL = "all sources"  # no data set can have this name


def source_table(
    predictions: pd.DataFrame, sources: Sequence[str], draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """Return one row per model × train × test × source, and one for all sources together.

    `predictions` is a long table (as `fer_core.runs.collect` gives) of test sets compiled of
    `sources`: every sample id begins with "<source>/", else FerError. Columns: model, train, test,
    source, n, classes (emotions that the source's images have), seeds, drawn (by what:
    person or image), and accuracy, macro_f1 and above_constant_M (M minus that of the constant
    answer) with _lo and _hi: the project's 95 % intervals, images and seeds. Each source is scored
    on the emotions that it has. A source without a test image has a row with n = 0 and no scores.
    """
    of = predictions["sample_id"].astype(str).str.partition("/")[0]
    strange = ~of.isin(sources)
    if strange.any():
        raise FerError(
            f"the sample {predictions['sample_id'][strange].iloc[0]!r} comes from none of the "
            f"sources {', '.join(sources)}; give the sources of its own compiled set"
        )
    found = {ALL: outcomes(predictions, draws, seed)}
    for source in sources:
        part = predictions[of == source]
        # the draws depend on the name of a test set: no two sources share them
        named = part.assign(test=part["test"].astype(str) + f"/{source}")
        found[source] = outcomes(named, draws, seed) if len(part) else {}
    rows = []
    for key in found[ALL]:
        for source in (*sources, ALL):
            test = key.test if source == ALL else f"{key.test}/{source}"
            outcome = found[source].get(Key(key.model, key.train, test))
            rows.append({**key._asdict(), "source": source, **_scores(outcome)})
    return pd.DataFrame(rows)


def _scores(outcome: Outcome | None) -> dict[str, object]:
    row: dict[str, object] = {
        "n": outcome.n if outcome else 0,
        "classes": outcome.classes if outcome else "",
        "seeds": len(outcome.seeds) if outcome else 0,
        "drawn": outcome.unit if outcome else "",
    }
    for metric in METRICS:
        row |= spread(metric, outcome.estimate(metric) if outcome else NOTHING)
        above = above_constant(outcome, metric) if outcome else NOTHING
        row |= spread(f"above_constant_{metric}", above)
    return row
