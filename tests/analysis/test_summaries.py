"""The data sets of a study as tables, from the facts among its results."""

from collections.abc import Callable

from fer_core.analysis.summaries import (
    card_table,
    count_table,
    dropped_table,
    read_summaries,
    wide_counts,
)
from fer_core.records import write_record
from fer_core.runs import find_runs
from fer_core.study import Study


def test_images_are_counted_by_split_and_those_left_out_by_reason(
    simulated_results: Callable[..., Study],
) -> None:
    study = simulated_results(test=("phantom-lab", "phantom-web", "london"), models=("net",))
    summaries = read_summaries(study)
    counts = count_table(summaries)
    assert wide_counts(counts).loc[("phantom-web", "train"), "total"] == 140
    cards = card_table(summaries)
    assert list(cards["why"]) == ["contempt 5"] * 3
    assert list(cards["not used"]) == [5] * 3
    assert cards["images"].tolist() == [facts["n"] for facts in summaries.values()]
    assert dropped_table("demo")["n"].tolist() == [700, 140, 3] * 2


def test_images_left_out_are_those_of_the_models_that_the_row_names(
    simulated_results: Callable[..., Study],
) -> None:
    simulated_results(test=("phantom-lab", "phantom-web", "london"))
    record = next(r for r in find_runs("demo") if r.model == "large_net")
    rows = {**record.rows, "train": 60, "dropped": {"outside the draw": 640}}
    write_record(record.model_copy(update={"rows": rows}))
    table = dropped_table("demo")
    mine = table[table["training set"] == record.train].set_index(["images that were", "models"])
    assert mine.loc[("trained on", "large_net"), "n"] == 60
    assert mine.loc[("trained on", "small-net"), "n"] == 700
    assert mine.loc[("dropped: outside the draw", "large_net"), "n"] == 640
    assert mine.loc[("validated on", "all"), "n"] == 140
