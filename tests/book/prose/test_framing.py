"""Framing side by side: what differs is warned of, what is not known is said."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from fer_core import paths
from fer_core.analysis.framing import framing_table
from fer_core.book.execution.run_pages import stage_runs
from fer_core.book.execution.toc import run_page
from fer_core.book.prose.framing import about_framing, about_pixels
from fer_core.files import read_json, write_json
from fer_core.records import write_record
from fer_core.runs import find_runs
from fer_core.study import ModelSpec, Study

STUDY = Study(
    name="s", title="S", train=("a", "b"), test=("a", "c"), models={"m": ModelSpec(backbone="x")}
)


def framed(how: str = "face found", margin: str | None = "30 %", **changes: object) -> dict:
    detector = "mtcnn" if how == "face found" else None
    return {
        "framing": {
            "how": how,
            "detector": detector,
            "margin": margin,
            "level": True if detector else None,
            "crop": None,
            "store": 96,
            "source": {"median": 200.4, "largest": 512.0},
            **changes,
        }
    }


def test_sets_that_are_framed_alike_are_not_warned_of() -> None:
    alike = {name: framed(store=side) for name, side in (("a", 48), ("b", 96), ("c", 224))}
    assert about_framing(STUDY, alike) == ""
    assert framing_table(alike)["stored, px"].tolist() == [48, 96, 224]


@pytest.mark.parametrize(
    "other",
    [framed(margin="15 %"), framed(level=False), framed("whole", None), framed("as distributed")],
)
def test_a_test_set_framed_in_another_way_than_a_training_set_is_warned_of(other: dict) -> None:
    told = about_framing(STUDY, {"a": framed(), "b": framed(), "c": other})
    assert "Framed in another way than a and b, which models are trained on: c." in told


def test_sets_cut_by_others_are_not_called_alike() -> None:
    theirs = dict.fromkeys("abc", framed("as distributed", None))
    assert "images of a, b and c are cut is the choice of those" in about_framing(STUDY, theirs)


def test_framing_that_was_not_recorded_is_said_to_be_unknown() -> None:
    some = {"a": framed(), "b": framed(), "c": {}}
    assert framing_table(some)["framed"].tolist()[2] == "unknown"
    told = about_framing(STUDY, some)
    assert "How c was framed is not recorded" in told
    assert "another way" not in told


def test_the_framing_of_every_source_of_a_compiled_set_is_shown_and_compared() -> None:
    sources = {"x": framed()["framing"], "y": framed("whole", None)["framing"]}
    mixed = framed("compiled", None, sources=sources)
    told = about_framing(STUDY, {"a": mixed, "b": mixed, "c": framed()})
    assert "than a and b, which models are trained on: c" in told
    assert framing_table({"a": mixed})["framed"].tolist() == ["x: face found (mtcnn); y: whole"]


def test_a_set_compiled_before_framing_was_recorded_is_compared_with_none() -> None:
    old = framed("compiled", None)
    assert framing_table({"a": old})["framed"].tolist() == ["compiled"]
    told = about_framing(STUDY, {"a": old, "b": framed("whole", None), "c": framed("whole", None)})
    assert told == "How a was framed is not recorded; prepare and summarise it again."


def test_a_run_page_says_what_the_net_was_fed(
    checkout: Path, simulated_results: Callable[..., Study]
) -> None:
    study = simulated_results()
    page = paths.root() / run_page(study.name, study.cells()[0])

    def shown() -> str:
        stage_runs(study.name)
        return nbformat.read(page.with_suffix(".ipynb"), as_version=4).cells[0].source

    assert "| phantom-web | unknown |" in shown()
    # what the run did not record is taken from the facts about the very same data set
    summary = paths.results_dir() / study.name / "data" / "phantom-web.json"
    facts = read_json(summary)
    write_json(summary, {**facts, **framed("as distributed", None, store=24)})
    assert "| phantom-web | as distributed | 24 | 200 | 512 | 48 | yes, although" in shown()
    write_json(summary, {**facts, **framed(), "fingerprint": "0" * 64})
    assert "| phantom-web | unknown |" in shown()
    # what it recorded comes first
    record = next(r for r in find_runs(study.name) if r.cell == study.cells()[0])
    own = {**record.data["phantom-web"], **framed("whole", None), "enlarged": "source no larger"}
    record = record.model_copy(update={"data": {**record.data, "phantom-web": own}})
    write_record(record)
    assert "| phantom-web | whole | 96 | 200 | 512 | 48 | yes: its source images" in shown()
    assert "phantom-lab" in about_pixels(record)
