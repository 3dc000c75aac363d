"""The picture of the house: rooms, arrows and circles of a small package that is known."""

import subprocess

import pytest

from benchmarks.house import circles, house
from tests.data.made import write_folder

COMMIT = ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")
ROUND = {  # data.load → data.store → models.net → data.load; data.card is met and leads nowhere
    "__init__": "from fer_core.models import net\n",
    "paths": "import os\n",
    "data/__init__": '"""Data."""\n',
    "data/load": "from fer_core.data import store\nfrom fer_core.paths import x\nimport pandas\n",
    "data/store": "def f():\n    import fer_core.models.net\n",
    "data/card": "",
    "data/readers/__init__": "",
    "data/readers/jaffe": "from fer_core.data.card import Card\n",
    "models/__init__": "",
    "models/net": "from fer_core.data.load import load\n\n# from fer_core.cli import app\n",
}


@pytest.fixture
def commit(tmp_path, monkeypatch):
    """Commit a package of these modules; the commit's name."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)

    def make(modules: dict[str, str]) -> str:
        files = {f"fer_core/{name}.py": text.encode() for name, text in modules.items()}
        write_folder(tmp_path, {**files, "fer_core/data/list.csv": b"a,b\n"})
        subprocess.run(["git", "add", "."], check=True)
        subprocess.run(["git", *COMMIT], check=True)
        head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True)
        return head.stdout.decode().strip()

    return make


def test_a_room_is_a_folder_with_its_own_files_and_lines(commit):
    rooms, facts = house(commit(ROUND))
    assert rooms["files"].to_dict() == {"data": 4, "data/readers": 2, "models": 2, "top": 2}
    assert rooms["lines"].to_dict() == {"data": 6, "data/readers": 1, "models": 3, "top": 2}
    assert (facts["files"], facts["lines"], facts["largest room, files"]) == (10, 12, 4)


def test_arrows_and_circles_are_those_of_the_imports_late_ones_too(commit):
    facts = house(commit(ROUND))[1]
    assert facts["arrows between storeys"] == 3  # data → models, models → data, data → paths
    circle = "fer_core.data.load ↔ fer_core.data.store ↔ fer_core.models.net"
    assert facts["circles of modules"] == circle
    assert facts["circles of storeys"] == "data ↔ models"


def test_storeys_lead_in_a_circle_where_no_module_does(commit):
    modules = {"data/load": "from fer_core.models import net\n", "data/card": ""}
    modules |= {"models/net": "", "models/all": "import fer_core.data.card\n"}
    _, facts = house(commit(modules))
    assert facts["circles of modules"] == "none"
    assert facts["circles of storeys"] == "data ↔ models"


def test_each_commit_is_read_as_it_was(commit):
    commits = commit(ROUND), commit({"data/store": "", "more": ""})
    (_, before), (_, now) = map(house, commits)
    assert before["circles of modules"] != "none"
    assert now["circles of modules"] == "none"
    assert now["files"] == before["files"] + 1


def test_two_circles_are_told_apart_and_one_way_is_none():
    arrows = {("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c"), ("d", "e")}
    assert sorted(circles(arrows)) == [["a", "b"], ["c", "d"]]
    assert circles({("a", "b"), ("b", "c"), ("a", "c")}) == []
    assert circles(set()) == []
