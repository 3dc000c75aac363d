"""What a page says of the confidence of answers."""

import pandas as pd

from fer_core.analysis.confidence import DETECTORS, FLOOR
from fer_core.analysis.kinds import IN_DOMAIN, OTHER
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.words import counted, estimate_text
from fer_core.figures.tables import display_table

CELL = ["model", "train", "test"]


def about_confidence(table: pd.DataFrame) -> str:
    """Answer when an answer can be trusted. `table`: of `confidence_table`, with titles."""
    lines = []
    for (model, train), rows in table.groupby(["model", "train"], sort=False):
        own, others = rows[rows["kind"] == IN_DOMAIN], rows[rows["kind"] == OTHER]
        told = [
            f"mean confidence minus accuracy is {estimate_text(row, 'overconfidence')} in-domain, "
            f"and {_kept(own['kept_accuracy'])}"
            for row in own.to_dict("records")
        ]
        if len(others):
            what = "" if told else "mean confidence minus accuracy is "
            told.append(
                f"{what}{_span(others['overconfidence'])} on {counted(len(others), 'set')} of "
                f"other photographs, and {_kept(others['kept_accuracy'])}"
            )
        if told:
            lines.append(f"- Trained on {plain(train)}, **{plain(model)}**: {'; '.join(told)}")
    return "\n".join((*lines, "", about_temperature(table))) if lines else NOTHING


NOTHING = "No model was tested in-domain or on other photographs."


def heading_of(table: pd.DataFrame) -> str:
    """State in how many tests on other photographs the first models are overconfident."""
    others = table[table["kind"] == OTHER]
    if others.empty:
        return "How probable an answer is said to be, and how often it is right"
    over = int((others["overconfidence_lo"] > 0).sum())
    return f"Overconfident in {over} of {counted(len(others), 'test')} on other photographs"


def about_temperature(table: pd.DataFrame) -> str:
    """Say whether a temperature that fits validation images helps, by kind of test."""
    known = table[table["scaled"].notna()]
    told = []
    for kind, where in ((IN_DOMAIN, "in-domain"), (OTHER, "on other photographs")):
        rows = known[known["kind"] == kind]
        if len(rows):
            lower = int((rows["scaled"] < rows["calibration"]).sum())
            told.append(f"in {lower} of {counted(len(rows), 'test')} {where}")
    if not told:
        return "No temperature fits the validation images."
    return f"A temperature that fits validation images lowers the error {' and '.join(told)}."


def shown_calibration(table: pd.DataFrame) -> pd.DataFrame:
    """Return how far confidence is from accuracy as shown."""
    columns = [
        "overconfidence",
        "calibration",
        "scaled",
        "temperature",
        "kind",
        "n",
        "seeds",
        "drawn",
    ]
    return display_table(table, [*CELL, *columns])


def shown_selection(table: pd.DataFrame) -> pd.DataFrame:
    """Return what confidence is good for as shown."""
    detects = [f"detect_{name}" for name in DETECTORS]
    columns = ["kept_accuracy", "coverage", "accuracy", *detects, "risk"]
    return display_table(table, [*CELL, *columns])


def _kept(shares: pd.Series) -> str:
    """Say how many of the answers that are not withheld are right."""
    if shares.isna().all():
        return f"no answer has a confidence of {FLOOR:g}"
    right = _span(shares.dropna(), 100)
    return f"of the answers of at least {FLOOR:g} confidence, {right} % are right"


def _span(values: pd.Series, times: float = 1) -> str:
    digits = 3 if times == 1 else 0
    low, high = (f"{times * value:.{digits}f}" for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
