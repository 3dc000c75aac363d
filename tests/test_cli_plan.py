"""`fer studies check`: its exit code, its JSON, and a file that it never overwrites."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml

from fer_core import paths
from fer_core.cli import main
from fer_core.models.btfer.maps import MAPS
from fer_core.models.weights.released import KERAS
from fer_core.study import load_study

PAPERS = ("jamroz2025", "tutuianu2023", "morisseau2026")


@pytest.fixture
def fer(capsys, data_home, monkeypatch):
    """Run the command in this process; its exit code, its output and its errors."""
    monkeypatch.delenv("FER_WEIGHTS", raising=False)
    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["studies", "check", *map(str, arguments)])
        return (int(stop.value.code or 0), *capsys.readouterr())

    return call


@pytest.mark.parametrize("name", PAPERS)
def test_the_study_of_a_paper_says_all_that_it_lacks(fer, name):
    code, out, _ = fer(name, "--json")
    facts, study = json.loads(out), load_study(name)
    assert code == 1
    assert {one["dataset"] for one in facts["data"]} >= {*study.datasets()}
    lacking = {model for row in facts["weights"] for model in row["models"]}
    assert lacking == {model for model, spec in study.models.items() if spec.weights != "none"}
    assert all(row["way"] and "no source" not in row["way"] for row in facts["weights"])
    assert facts["runs"] == {"planned": len(study.cells()), "done": 0, "can_start": 0}
    assert {cost["model"] for cost in facts["cost"]} == {*study.models}
    assert all(cost["macs"] and cost["images_per_second"] for cost in facts["cost"])
    assert study.seeds == (0, 1, 2)
    assert all(spec.title for spec in study.models.values())


def test_the_nets_of_keras_begin_from_its_files_with_where_to_get_them(fer):
    _, out, _ = fer("tutuianu2023", "--json")
    ways = {row["file"]: row["way"] for row in json.loads(out)["weights"]}
    for name, file in KERAS.items():
        assert ways[name].startswith(file.url)
        assert "FER_WEIGHTS" in ways[name]
    fillable = {net for one in MAPS if one.released for net in one.nets}
    models = load_study("tutuianu2023").models.values()
    still = {one.backbone for one in models if one.weights == "imagenet"}
    assert not still & fillable


def test_a_study_on_phantoms_lacks_nothing_and_needs_no_torch(fer, results_home):
    code, out, _ = fer("demo")
    assert code == 0
    assert "12 runs, 0 done, 12 can start now" in out
    script = (
        "import sys\nfrom fer_core.cli import main\n"
        "try: main(['studies', 'check', 'demo'])\n"
        "except SystemExit: sys.exit(int('torch' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def mini(tmp_path, monkeypatch):
    """A study of one small net on two of the paper's sets, and phantoms of which few are needed."""
    path = tmp_path / "mini.yml"
    content = {
        "title": "Mini",
        "models": {"net": {"backbone": "lenet5", "recipe": "tutuianu2023"}},
        "train": ["rafdb"],
        "test": ["rafdb"],
    }
    path.write_text(yaml.safe_dump(content))
    monkeypatch.setattr(
        "fer_core.planning.stand_in.INSTEAD", {"phantoms": (("phantom-lab",), ()), "open": ()}
    )
    return path


def test_what_it_writes_loads_lacks_nothing_and_is_never_overwritten(fer, mini, results_home):
    to = mini.with_name("mini-on-phantoms.yml")
    results_home.mkdir()
    for name in ("models.csv", "models.json"):
        shutil.copy(paths.root() / "results" / name, results_home)
    code, out, _ = fer(mini, "--on", "phantoms", "--hours", 0.01, "--to", to)
    assert code == 0, out
    assert "of 400 epochs" in out
    assert "make study STUDY=" in out
    assert load_study(str(to)).recipe_for("net").epochs < 400
    code, out, _ = fer(to, "--json")
    assert code == 0
    assert json.loads(out)["hours"] <= 0.01
    before = to.read_bytes()
    code, _, err = fer(mini, "--on", "phantoms", "--hours", 5, "--to", to)
    assert (code, to.read_bytes()) == (2, before)
    assert "is there already" in err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("nowhere",), "unknown study 'nowhere'"),
        (("jamroz2025", "--on", "phantoms"), "--on and --hours go together"),
        (("jamroz2025", "--hours", 3), "--on and --hours go together"),
        (("jamroz2025", "--to", "a.yml"), "--on and --hours go together"),
        (("jamroz2025", "--on", "fantoms", "--hours", 3), "did you mean phantoms"),
        (("jamroz2025", "--on", "phantoms", "--hours", 3, "--to", "a.txt"), "ends in .yml"),
        (("jamroz2025", "--on", "phantoms", "--hours", 3, "--to", "A B.yml"), "is no name here"),
        (("jamroz2025", "--on", "phantoms", "--hours", 0), "give a number above 0"),
        (("jamroz2025", "--on", "phantoms", "--hours", -2), "give a number above 0"),
        (("jamroz2025", "--on", "open", "--hours", 3), "data set fer2013 is not prepared"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(fer, tmp_path, monkeypatch, given, told):
    monkeypatch.chdir(tmp_path)
    code, _, err = fer(*given)
    assert code == 2
    assert told in " ".join(err.split())
    assert "Traceback" not in err
    assert not [*tmp_path.rglob("*.yml")]
