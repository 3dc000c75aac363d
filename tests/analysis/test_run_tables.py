"""The runs of a study as tables."""

from collections.abc import Callable

import pytest

from fer_core.analysis.run_tables import kept_epochs, list_table, read_histories, states
from fer_core.runs import run_status
from fer_core.study import Cell, Study

FAILED = Cell("small-net", "phantom-web", 0)


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(test=("phantom-lab", "phantom-web", "london"), failed=(FAILED,))


def test_the_kept_epoch_of_each_run_is_read(study: Study) -> None:
    kept = kept_epochs(read_histories("demo"))
    assert kept["kept epoch"].tolist() == [4, 4, 4]
    assert kept["gap"].round(3).tolist() == [0.05] * 3


def test_a_run_that_failed_stays_in_the_lists_with_its_message(study: Study) -> None:
    statuses = run_status(study)
    for table in (states(statuses), list_table(statuses)):
        assert len(table) == len(study.cells())
        failed = table[table["state"] == "failed"]
        assert failed[["model", "train", "seed"]].to_numpy().tolist() == [list(FAILED)]
        assert failed["message"].str.startswith("RuntimeError: loss is not finite").all()
    done = list_table(statuses).set_index("state").loc["done"]
    assert set(done["kept epoch"]) == {"4"}
    assert set(done["parameters"]) == {"11,180,103"}
