"""Results of before views become results of today, byte for byte, and nothing else changes."""

import json
import subprocess
import sys

import numpy as np
import pytest

from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.migrate import is_of_old_layout, main, migrate_run, migrate_study
from fer_core.predictions import write_predictions
from fer_core.records import read_record
from fer_core.runs import collect, read_run, read_validation
from tests.finished import make_record

LATER = {"predicted": "2026-11-22T11:44:11+00:00", "commit": "0123456789ab"}


def old_run(mirrored=True, seed=0):
    """Leave a run as it was written before views; return its folder and what its tables hold."""
    record = make_record(seed=seed, recipe={"epochs": 3})
    folder, rng = record.folder, np.random.default_rng(seed)
    bytes_of = {}
    for test in ("lab", "web.v2", "validation"):
        for ending, view in ((".parquet", "clean"), (".flip.parquet", "mirror"))[: 1 + mirrored]:
            file = folder / "predictions" / f"{test}{ending}"
            write_predictions(file, ["a", "b"], ["happy", "sad"], rng.dirichlet(np.ones(7), 2))
            bytes_of[test, view] = file.read_bytes()
    content = record.model_dump(mode="json")
    content["recipe"] = {"epochs": 3, "flip_test": mirrored}
    content["selection"] = {"epoch": 2, "sha256": digest(folder, "validation.parquet")}
    content["tests"] = {
        test: {
            "n": 2,
            "classes": ["happy", "sad"],
            "file": f"predictions/{test}.parquet",
            "sha256": digest(folder, f"{test}.parquet"),
            **({"flip_sha256": digest(folder, f"{test}.flip.parquet")} if mirrored else {}),
            **(LATER if test == "lab" else {}),
        }
        for test in ("lab", "web.v2")
    }
    (folder / "run.json").write_text(json.dumps(content))
    return folder, bytes_of


def digest(folder, name):
    return sha256_file(folder / "predictions" / name)


def tables(folder):
    return {
        (path.parent.name, path.stem): path.read_bytes()
        for path in folder.glob("predictions/*/*.parquet")
    }


@pytest.mark.parametrize("mirrored", [True, False])
def test_every_table_is_kept_byte_for_byte_under_its_view(results_home, mirrored):
    folder, before = old_run(mirrored)
    assert migrate_study("mini") == 1
    assert tables(folder) == before
    assert not list((folder / "predictions").glob("*.parquet"))
    record = read_record(folder)
    views = ["clean", "mirror"][: 1 + mirrored]
    for view in views:
        assert set(read_run(record, view)) == {"lab", "web.v2"}
        assert len(read_validation(record, view)) == 2
    assert set(collect("mini", views)["view"]) == set(views)


def test_what_the_record_says_is_kept_beside_the_hashes(results_home):
    folder, _ = old_run()
    before = json.loads((folder / "run.json").read_text())
    migrate_run(folder)
    after = json.loads((folder / "run.json").read_text())
    assert before.pop("recipe") == {"epochs": 3, "flip_test": True}
    assert after.pop("recipe") == {"epochs": 3}
    lab = after["tests"]["lab"]
    assert lab["views"] == {
        "clean": {"sha256": before["tests"]["lab"]["sha256"], **LATER},
        "mirror": {"sha256": before["tests"]["lab"]["flip_sha256"], **LATER},
    }
    assert {key: lab[key] for key in lab if key != "views"} == {
        "n": 2,
        "classes": ["happy", "sad"],
    }
    assert after.pop("selection")["epoch"] == before.pop("selection")["epoch"] == 2
    del before["tests"], after["tests"]
    assert after == before


def test_a_migration_that_was_killed_goes_on_and_a_second_one_does_nothing(results_home):
    folder, before = old_run()
    (folder / "predictions" / "lab").mkdir()  # killed after the first move
    (folder / "predictions" / "lab.parquet").rename(
        folder / "predictions" / "lab" / "clean.parquet"
    )
    assert migrate_study("mini") == 1
    assert tables(folder) == before
    record = (folder / "run.json").read_bytes()
    assert migrate_study("mini") == 0
    assert (folder / "run.json").read_bytes() == record


def test_an_unfinished_run_keeps_its_tables_too(results_home):
    folder, before = old_run()
    (folder / "run.json").unlink()
    assert migrate_study("mini") == 1
    assert tables(folder) == before


def test_a_record_of_the_old_layout_is_refused_with_the_command_that_mends_it(results_home):
    folder, _ = old_run()
    assert is_of_old_layout(json.loads((folder / "run.json").read_text()))
    with pytest.raises(FerError, match=r"had views; .*: python -m fer_core\.migrate mini$"):
        read_record(folder)
    migrate_run(folder)
    assert not is_of_old_layout(json.loads((folder / "run.json").read_text()))


def test_a_hash_that_the_record_lacked_is_not_made_up(results_home):
    folder, _ = old_run()
    content = json.loads((folder / "run.json").read_text())
    del content["tests"]["lab"]["sha256"]
    (folder / "run.json").write_text(json.dumps(content))
    migrate_run(folder)
    with pytest.raises(FerError, match=r"holds no sha256 of .*lab/clean\.parquet"):
        read_run(read_record(folder))


def test_the_module_is_a_command(results_home, capsys):
    old_run()
    assert main(["mini"]) == 0
    assert capsys.readouterr().out == "mini: 1 runs brought to today's layout\n"
    assert main(["absent"]) == 2
    assert "the study 'absent' has no run" in capsys.readouterr().err
    done = subprocess.run(
        [sys.executable, "-m", "fer_core.migrate"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "name a study" in done.stderr
