"""Results of a compiled test set, source by source: a mean over sources hides which one is hard."""

from collections.abc import Sequence

import pandas as pd

from fer_core.analysis.constant import above_constant
from fer_core.analysis.cross import spread
from fer_core.analysis.draws import DRAWS
from fer_core.analysis.intervals import NOTHING
from fer_core.analysis.outcomes import METRICS, Outcome, outcomes
from fer_core.errors import FerError

ALL = "all sources"  # no data set can have this name


def source_table(
    predictions: pd.DataFrame, sources: Sequence[str], draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """Return one row per model × train × test × view × source, and one for all sources together.

    `predictions` is a long table (as `fer_core.runs.collect` gives) of test sets compiled of
    `sources`: every sample id begins with "<source>/", else FerError. Columns: model, train, test,
    view, source, n, classes (emotions that the source's images have), seeds, drawn (by what: person
    or image), and accuracy, macro_f1 and above_constant_M (M minus that of the constant answer)
    with _lo and _hi: the project's 95 % intervals, images and seeds. Each source is scored on the
    emotions that it has. A source without a test image has a row with n = 0 and no scores.
    """
    of = predictions["sample_id"].astype(str).str.partition("/")[0]
    strange = ~of.isin(sources)
    if strange.any():
        raise FerError(
            f"the sample {predictions['sample_id'][strange].iloc[0]!r} comes from none of the "
            f"sources {', '.join(sources)}; give the sources of its own compiled set"
        )
    whole = outcomes(predictions, draws, seed)
    by_source = outcomes(predictions.assign(source=of), draws, seed)
    rows = []
    for key in whole:
        for source in sources:
            outcome = by_source.get(key._replace(source=source))
            rows.append({**key.cell, "source": source, **_scores(outcome)})
        rows.append({**key.cell, "source": ALL, **_scores(whole[key])})
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
