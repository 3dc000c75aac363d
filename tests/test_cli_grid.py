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


def test_the_columns_of_scores_are_headed_as_on_pages(fer):
    study = load_study("demo")
    simulate_run(study, study.cells()[0])
    first = " ".join(fer("scores", "demo")[1].splitlines()[0].split())
    assert first == (
        "model trained on tested on view kind of test images seeds accuracy [95 %] macro-F1 [95 %] "
        "emotions"
    )


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


def test_the_scores_of_some_runs_are_theirs_alone(fer):
    study = load_study("demo")
    for cell in study.cells()[:3]:
        simulate_run(study, cell)
    first = study.cells()[0]
    every = json.loads(fer("scores", "demo", "--json")[1])
    options = ("--model", first.model, "--train", first.train, "--seed", str(first.seed))
    for given in (options[:2], options[2:], options):
        some = json.loads(fer("scores", "demo", *given, "--json")[1])
        named = dict(zip((name[2:] for name in given[::2]), given[1::2], strict=True))
        named.pop("seed", None)  # each run of the demo has one seed
        theirs = [row for row in every if named.items() <= row.items()]
        assert some == theirs, given
        assert 0 < len(some) <= len(every)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--model", "{model}x"), "unknown model '{model}x'; did you mean {model}"),
        (("--train", "phantom-lap"), "unknown training data set 'phantom-lap'; did you mean"),
        (("--model", "{model}", "--train", "london"), "unknown training data set 'london'"),
        (("--seed", "7"), "unknown seed '7'; valid: 0"),
        (("--model", "{model}"), "none of these runs is finished; see `fer status demo`"),
        (("--seed", "0", "--raters"), "raters are no runs; leave out --model, --train and"),
    ],
)
def test_runs_that_are_not_there_are_refused_with_the_names_that_are(fer, capsys, given, said):
    model = load_study("demo").cells()[0].model
    with pytest.raises(SystemExit) as stop:
        main(["scores", "demo", *(text.format(model=model) for text in given)])
    assert stop.value.code == 2
    assert said.format(model=model) in capsys.readouterr().err


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
