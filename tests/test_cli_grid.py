"""`fer status` and `fer scores`: what is done, and what the numbers are worth."""

import json

import pytest
import yaml

from fer_core.cli import main
from fer_core.records import mark_failed, read_record, run_dir, write_record
from fer_core.study import load_study
from tests.simulated_runs import simulate_run


@pytest.fixture
def fer(capsys, data_home, results_home):
    """Run the command in this process; its exit code and its output."""

    def call(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        return int(stop.value.code or 0), capsys.readouterr().out

    return call


def test_each_score_that_no_audit_vouches_for_says_so(fer):
    study = load_study("demo")
    simulate_run(study, study.cells()[0])
    lines = fer("scores", "demo")[1].splitlines()
    for line in lines[1 : 1 + len(study.test)]:
        assert line.count("not audited") >= 2, line
    assert "Scores are not audited: there are no facts about" in lines[-1]
    assert not any(row["audited"] for row in json.loads(fer("scores", "demo", "--json")[1]))


def test_the_scores_of_a_study_file_elsewhere_are_of_what_it_names(fer, tmp_path):
    study = load_study("demo")
    for cell in study.cells()[:2]:
        simulate_run(study, cell)
    first, test = study.cells()[0], study.test[0]
    content = study.model_dump(mode="json", include={"title", "recipe"})
    models = {first.model: study.spec(first.model).model_dump(mode="json")}
    file = tmp_path / "demo.yml"
    content |= {"models": models, "train": [first.train], "test": [test]}
    file.write_text(yaml.safe_dump(content))
    rows = json.loads(fer("scores", str(file), "--json")[1])
    assert [(row["model"], row["test"]) for row in rows] == [(first.model, test)]


def test_status_is_0_only_when_every_run_is_done_and_has_every_test(fer, tmp_path):
    study = load_study("demo")
    study = study.model_copy(update={"models": dict(list(study.models.items())[:1])})
    content = study.model_dump(mode="json", exclude={"note", "name"})
    (tmp_path / "demo.yml").write_text(yaml.safe_dump(content))
    command = ("status", str(tmp_path / "demo.yml"))
    for cell in study.cells():
        assert fer(*command)[0] == 1
        simulate_run(study, cell)
    assert fer(*command)[0] == 0
    record = read_record(run_dir("demo", *cell))
    without = {test: facts for test, facts in record.tests.items() if test != study.test[0]}
    write_record(record.model_copy(update={"tests": without}))
    code, said = fer(*command)
    assert code == 1
    assert "1 tests missing" in said
    mark_failed(record.folder, "no space left")
    (record.folder / "run.json").unlink()
    assert fer(*command, "--json")[0] == 1
