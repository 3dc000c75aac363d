"""The book of many runs, at its smallest: the study that is measured is one that can be read."""

import pytest

from benchmarks.book import NAME, TEST, TRAIN, execute, pages, write_checkout
from fer_core.analysis.results import study_result
from fer_core.book.execution.needs import NEEDS
from fer_core.runs import find_runs, run_status


@pytest.fixture
def study(tmp_path, monkeypatch):
    for name in ("FER_DATA", "FER_RESULTS", "FER_REPORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    return write_checkout(tmp_path, 7)


def test_the_made_study_has_whole_runs_and_all_that_chapters_need_but_a_search(study, tmp_path):
    records = find_runs(study)
    assert len(records) == 12, "two models of two seeds on three training sets"
    assert {record.train for record in records} == set(TRAIN)
    assert all(set(record.tests) == set(TEST) for record in records)
    assert [need for need, lacks in NEEDS.items() if lacks(study)] == ["search"]
    found = study_result(study)
    scores = {round(o.estimate("accuracy").value, 6) for o in found.outcomes.values()}
    assert len(scores) == len(found.outcomes) == 2 * 3 * 5, "no two models answer alike"
    assert {key.test: o.n for key, o in found.outcomes.items()}["fer2013"] == 3589
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("run.json")}
    write_checkout(tmp_path, 7)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("run.json")}
    assert {status.state for status in run_status(study)} == {"done"}


def test_the_largest_pages_come_first(tmp_path):
    for name, size in (("a", 10), ("b", 3_000), ("c", 200)):
        (tmp_path / f"{name}.html").write_text("x" * size)
    assert pages(tmp_path) == [(0.003, "b.html"), (0.0002, "c.html"), (1e-05, "a.html")]


@pytest.mark.slow
def test_a_chapter_is_executed_and_its_cost_printed(study, monkeypatch, capsys):
    from benchmarks.book import ROOT

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    execute([(NAME, "training")], 1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("chapter training")
    assert all(float(number) > 0 for number in lines[0].split()[2:4])
