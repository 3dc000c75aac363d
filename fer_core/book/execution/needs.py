"""What a chapter may need of a study, by name: a function says why a study lacks it, else "".

Only files are looked at, so that a workflow can be planned with it.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from fer_core import paths
from fer_core.analysis.agreement_tables import panel_name
from fer_core.errors import FerError
from fer_core.files import read_json
from fer_core.parquet_files import count_rows
from fer_core.raters import RECORD, raters_dir
from fer_core.records import run_dir
from fer_core.study import Study
from fer_core.trials import searches_of


def audit(study: Study) -> str:
    """Say why no audit of the study's data sets is among its results; "" where one is."""
    if (paths.results_dir() / study.name / "data" / "audit.json").is_file():
        return ""
    return f"its data sets were not audited for near copies; run: fer summarise {study.name}"


def cross_dataset_tests(study: Study) -> str:
    """Say that no model of the study is tested on a data set that it is not trained on;
    "" where one is."""
    if any(test != train for train in study.train_sets() for test in study.test):
        return ""
    return "no model is tested on a data set that it was not trained on"


def heat_maps(study: Study) -> str:
    """Say why no finished run stored heat maps, which are made of test sets that may be shown; ""
    where one did."""
    again = f"run: fer studies explain {study.name}"
    for folder in (run_dir(study.name, *cell) for cell in study.cells()):
        table = folder / "cam.parquet"
        if (folder / "run.json").is_file() and table.is_file() and count_rows(table, again):
            return ""
    return "no finished run stored heat maps: they are made only of test sets that may be shown"


def models(study: Study) -> str:
    """Say that a study trains nothing; "" where it plans runs."""
    return "" if study.models else "it trains no model, and compares raters alone"


def raters(study: Study) -> str:
    """Say that no rater has answered a test set of the study; "" where one has."""
    answered = raters_dir(study.name).glob(f"[!.]*/{RECORD}")
    return "" if any(answered) else "no rater has answered its test sets"


def several_raters(study: Study) -> str:
    """Say that a study has no two trained nets, external models or annotators of one test set to
    agree with each other; "" where it has."""
    if len({(cell.model, cell.train) for cell in study.cells()}) > 1:
        return ""
    groups: Counter[tuple[str, str]] = Counter()
    for file in raters_dir(study.name).glob(f"[!.]*/{RECORD}"):
        with suppress(FerError):  # of a damaged one the chapter of raters says so
            facts = read_json(file)
            name = panel_name(facts.get("kind", ""), facts.get("panel"))
            groups.update((test, name) for test in facts.get("tests", ()) if name)
    if max(groups.values(), default=0) > 1:
        return ""
    return "agreement needs two trained nets, external models or annotators of one test set"


def questions(study: Study) -> str:
    """Say that a study asks nothing of pairs of its models; "" where it does."""
    return "" if study.questions else "it asks no question of pairs of its models"


def search(study: Study) -> str:
    """Say that no settings were searched for models of the study; "" where some were."""
    return "" if searches_of(study.name) else "no settings were searched for its models"


NEEDS: dict[str, Callable[[Study], str]] = {
    "audit": audit,
    "cross-dataset tests": cross_dataset_tests,
    "heat maps": heat_maps,
    "models": models,
    "questions": questions,
    "raters": raters,
    "search": search,
    "several raters": several_raters,
}
