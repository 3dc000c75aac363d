import errno
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
import torch

from fer_core.errors import FerError
from fer_core.history import TIMES
from fer_core.predict.views import predict
from fer_core.recipe import Recipe
from fer_core.recipe_parts import Augment, DataDraw
from fer_core.training import progress
from fer_core.training.checkpoint import State, read_checkpoint
from tests.recipes import changed
from tests.training import small
from tests.training.small import BUSY, EXTRAS, PHASED, blobs, same_bits, tiny_model, train

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")


def without_times(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "history.csv").drop(columns=list(TIMES))


def kill_at_a_random_moment(folder: Path, delay: float, recipe: str) -> bool:
    """Start the run, wait for its first step, kill it `delay` seconds later; say whether it was
    still alive."""
    before = (folder / "checkpoint.pt").stat().st_mtime_ns if folder.is_dir() else 0
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.training.killed", str(folder), recipe], cwd=ROOT
    )
    try:
        while process.poll() is None:
            checkpoint = folder / "checkpoint.pt"
            if checkpoint.is_file() and checkpoint.stat().st_mtime_ns != before:
                break
            time.sleep(0.01)
        time.sleep(delay)
        alive = process.poll() is None
    finally:
        process.kill()
        process.wait()
    return alive


@pytest.mark.parametrize("name", ["BUSY", "PHASED", "EVERYTHING"])
def test_a_run_killed_twice_ends_with_the_same_bits_as_one_that_was_not(tmp_path, name):
    recipe = getattr(small, name)
    whole, _ = train(tmp_path / "whole", recipe)
    delays = [random.uniform(0, 0.5), random.uniform(0, 0.5)]
    print("killed after", delays)
    for delay in delays:
        assert kill_at_a_random_moment(tmp_path / "killed", delay, name)
    left = read_checkpoint(tmp_path / "killed" / "checkpoint.pt")
    assert not left["done"], "the run was to be killed before its end"
    resumed, history = train(tmp_path / "killed", recipe)
    assert len(history.rows) == recipe.epochs
    assert same_bits(whole, resumed)
    pd.testing.assert_frame_equal(
        without_times(tmp_path / "whole"), without_times(tmp_path / "killed"), check_exact=True
    )
    images = blobs()
    rows = (images.split == "val").nonzero()[0]
    one, other = (predict(model, images.pixels, rows, CPU) for model in (whole, resumed))
    assert (one["clean"] == other["clean"]).all()


# An epoch has eight steps: within epochs and phases, before their last step, and between them.
STOPS = [*((BUSY, step) for step in (1, 9, 10, 23)), *((PHASED, step) for step in (2, 6, 7, 8, 12))]


@pytest.mark.parametrize(("recipe", "stop"), STOPS)
def test_a_run_stopped_after_any_step_ends_with_the_same_bits(tmp_path, monkeypatch, recipe, stop):
    whole, _ = train(tmp_path / "whole", recipe)
    count = iter(range(1000))
    step = progress.Watch.step

    def stop_there(watch, state):
        due = step(watch, state)
        if next(count) == stop:
            raise KeyboardInterrupt
        return due

    with monkeypatch.context() as patch:
        patch.setattr(progress.Watch, "step", stop_there)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "stopped", recipe, checkpoint_seconds=0)
    resumed, _ = train(tmp_path / "stopped", recipe)
    assert same_bits(whole, resumed)
    pd.testing.assert_frame_equal(
        without_times(tmp_path / "whole"), without_times(tmp_path / "stopped")
    )


@pytest.mark.parametrize("name", EXTRAS)
def test_a_run_with_extras_that_is_cut_off_at_random_steps_ends_with_the_same_bits(
    tmp_path, monkeypatch, name
):
    """Five cuts in one run, each of which loses the step that it falls into."""
    recipe = EXTRAS[name]
    whole, _ = train(tmp_path / "whole", recipe)
    stops = [random.randint(2, 5) for _ in range(5)]
    print("cut off in these steps after each start", stops)
    step = progress.Watch.step
    for stop in stops:
        left = iter(range(stop - 1))

        def stop_there(watch, state, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return step(watch, state)

        with monkeypatch.context() as patch:
            patch.setattr(progress.Watch, "step", stop_there)
            with pytest.raises(KeyboardInterrupt):
                train(tmp_path / "cut", recipe, checkpoint_seconds=0)
    assert not read_checkpoint(tmp_path / "cut" / "checkpoint.pt")["done"]
    resumed, history = train(tmp_path / "cut", recipe)
    assert len(history.rows) == recipe.epochs
    assert same_bits(whole, resumed)
    pd.testing.assert_frame_equal(
        without_times(tmp_path / "whole"), without_times(tmp_path / "cut"), check_exact=True
    )


def test_every_change_of_an_image_and_every_sampler_is_in_a_run_that_is_cut_off():
    cut_off = [BUSY, *EXTRAS.values()]
    for field, usual in Augment():
        assert any(getattr(r.regularisation.augment, field) != usual for r in cut_off), field
    samplers = set(get_args(DataDraw.model_fields["sampler"].annotation))
    assert {r.data.sampler for r in [*cut_off, Recipe()]} == samplers


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path):
    first, history = train(tmp_path / "a")
    second, again = train(tmp_path / "b")
    other, _ = train(tmp_path / "c", seed=1, model=tiny_model(0))
    assert same_bits(first, second)
    assert history.column("val_loss") == again.column("val_loss")
    assert not same_bits(first, other)


def test_a_finished_run_only_loads_its_best_weights(tmp_path):
    trained, history = train(tmp_path)
    lines = []
    fresh, again = train(tmp_path, model=tiny_model(5), say=lines.append)
    assert same_bits(trained, fresh)
    assert again.rows == history.rows
    assert not any(line.startswith("epoch") for line in lines)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"recipe": changed(BUSY, lr=0.5)}, "recipe.optimizer.lr: 0.003, now 0.5"),
        (
            {"identity": {"spec": {"backbone": "resnet18"}}},
            "spec.backbone: resnet10t, now resnet18",
        ),
        ({"seed": 3}, "seed: 0, now 3"),
        ({"images": blobs(n=203)}, "rows: "),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_kept(tmp_path, changes, named):
    train(tmp_path, identity={"spec": {"backbone": "resnet10t"}})
    with pytest.raises(FerError, match="another run") as caught:
        train(tmp_path, **{"identity": {"spec": {"backbone": "resnet10t"}}, **changes})
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "checkpoint.pt").is_file()


def test_a_damaged_checkpoint_is_one_clear_line(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(FerError, match=r"checkpoint\.pt cannot be read; delete it"):
        train(tmp_path)


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "was-run",))

    torch.save({"format": 1, "net": Evil()}, tmp_path / "checkpoint.pt")
    with pytest.raises(FerError, match="cannot be read"):
        train(tmp_path)
    assert not (tmp_path / "was-run").exists()


def test_a_full_disk_loses_nothing_that_was_finished(tmp_path, monkeypatch):
    whole, _ = train(tmp_path / "whole")
    save, write_bytes = State.save, Path.write_bytes
    full = False

    def write(path, data):
        if full and "checkpoint" in path.name:
            write_bytes(path, bytes(data)[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, data)

    def third_is_too_much(state, *arguments):
        nonlocal full
        full = state.epoch == 3
        save(state, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write)
        patch.setattr(State, "save", third_is_too_much)
        with pytest.raises(FerError, match="no space left"):
            train(tmp_path / "full")
    assert read_checkpoint(tmp_path / "full" / "checkpoint.pt")["epoch"] == 2
    assert len(without_times(tmp_path / "full")) == 3
    resumed, _ = train(tmp_path / "full")
    assert same_bits(whole, resumed)
