"""Who answers contempt, who does not, and on what both are scored, in words."""

from collections.abc import Sequence

from fer_core.book.prose.markdown import listed
from fer_core.emotions import CONTEMPT
from fer_core.records import RunRecord


def about_contempt(records: Sequence[RunRecord]) -> str:
    """Say how runs are scored of which some, or whose test sets, know contempt; "" if none."""
    tested = {name: test["classes"] for record in records for name, test in record.tests.items()}
    having = [name for name, classes in tested.items() if CONTEMPT in classes]
    lacking = [name for name in tested if name not in having]
    eight = list(dict.fromkeys(r.train for r in records if CONTEMPT in r.classes))
    seven = list(dict.fromkeys(r.train for r in records if CONTEMPT not in r.classes))
    lines = []
    if eight:
        text = f"Models trained on {listed(eight)} tell eight emotions apart, contempt among them."
        if lacking:
            text += (
                f" On {listed(lacking)}, without images of contempt, they are scored on the "
                "emotions that are there, and contempt is a wrong answer."
            )
        lines.append(text)
    if seven and having:
        lines.append(
            f"Models trained on {listed(seven)} tell seven emotions apart. On {listed(having)} "
            "they are scored without the images of contempt."
        )
    return " ".join(lines)
