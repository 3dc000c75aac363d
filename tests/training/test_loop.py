import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import f1_score

from fer_core.data.select import TrainingRows
from fer_core.data.store import Store
from fer_core.errors import FerError
from fer_core.history import COLUMNS
from fer_core.recipe import Machine
from fer_core.training import loop
from fer_core.training.images import ImageSet
from fer_core.training.metrics import Tally
from tests.recipes import changed
from tests.recipes import recipe as make_recipe
from tests.training.small import BUSY, blobs, real_faces, rows_of, same_bits, tiny_model, train

CPU = torch.device("cpu")


def test_rows_of_a_test_split_are_refused(tmp_path):
    images = blobs()
    for position in (3, -3):  # one training row, one validation row
        split = images.split.astype("<U5")
        split[position] = "test"
        tainted = replace(images, split=split)
        with pytest.raises(FerError, match="test split"):
            loop.fit(tiny_model(), tainted, rows_of(images), BUSY, tmp_path, seed=0, device=CPU)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (TrainingRows(np.arange(9), np.arange(0), {}), "0 validation images are not enough"),
        (TrainingRows(np.arange(1), np.arange(5, 9), {}), "1 training images are not enough"),
        (TrainingRows(np.arange(9), np.arange(8, 12), {}), "both the training and the validation"),
        (TrainingRows(np.arange(9), np.arange(200, 210), {}), "without an emotion"),
    ],
)
def test_rows_that_cannot_train_are_refused(tmp_path, rows, message):
    images = blobs()
    images.labels[205] = -1
    with pytest.raises(FerError, match=message):
        loop.fit(tiny_model(), images, rows, BUSY, tmp_path, seed=0, device=CPU)


def script(monkeypatch, scores):
    """Let validation report these scores; returns the weights seen at each epoch."""
    seen, left = [], iter(scores)

    def validate(net, *_):
        seen.append({k: v.clone() for k, v in net.state_dict().items()})
        value = next(left)
        return {"loss": 1 - value, "accuracy": value, "macro_f1": value, "seconds": 0.0}

    monkeypatch.setattr(loop, "validate", validate)
    return seen


@pytest.mark.parametrize("select_by", ["macro_f1", "accuracy", "loss"])
def test_early_stopping_stops_at_the_right_epoch_with_the_best_weights(
    tmp_path, monkeypatch, select_by
):
    curve = [0.2, 0.5, 0.4, 0.5, 0.3, 0.9]  # best at epoch 2; the tie at epoch 4 is later
    seen = script(monkeypatch, curve)
    recipe = changed(BUSY, epochs=6, early_stopping=3, select_by=select_by)
    model, history = train(tmp_path, recipe)
    assert len(history.rows) == 5
    assert history.best == 1
    assert all(torch.equal(v, seen[1][k]) for k, v in model.net.state_dict().items())
    table = pd.read_csv(tmp_path / "history.csv")
    assert table["selected"].tolist() == [0, 1, 0, 0, 0]
    assert tuple(table.columns) == COLUMNS


def test_patience_may_wait_for_another_measure_than_the_epoch_is_kept_by(tmp_path, monkeypatch):
    losses, scores = iter([0.9, 0.5, 0.6, 0.7, 0.4]), iter([0.1, 0.2, 0.3, 0.4, 0.5])

    def validate(*_):
        value = next(scores)
        return {"loss": next(losses), "accuracy": value, "macro_f1": value, "seconds": 0.0}

    monkeypatch.setattr(loop, "validate", validate)
    selection = {"measure": "accuracy", "stop": "loss", "patience": 2}
    _, history = train(tmp_path, changed(BUSY, epochs=5, selection=selection))
    assert (len(history.rows), history.best) == (4, 3)


def test_without_early_stopping_every_epoch_is_run(tmp_path, monkeypatch):
    script(monkeypatch, [0.5, 0.4, 0.3, 0.2])
    _, history = train(tmp_path)
    assert (len(history.rows), history.best) == (4, 0)


def test_a_loss_that_is_not_finite_is_one_clear_line_and_keeps_the_history(tmp_path):
    images = blobs()
    recipe = changed(BUSY, epochs=3, optimizer="sgd", schedule="constant")
    model = tiny_model()
    lines = []

    def poison_after_the_first_epoch(line):
        lines.append(line)
        with torch.no_grad():
            model.net[0].weight.fill_(math.nan)

    with pytest.raises(FerError, match=r"loss is nan at epoch 2, step \d+: .* lower lr"):
        train(tmp_path, recipe, images, model=model, say=poison_after_the_first_epoch)
    assert len(pd.read_csv(tmp_path / "history.csv")) == 1
    assert not (tmp_path / "checkpoint.pt").exists(), "a lower lr must be able to start"
    train(tmp_path, changed(recipe, lr=1e-4), images)


def test_progress_says_where_the_run_is(tmp_path, monkeypatch):
    monkeypatch.setattr("fer_core.training.progress.SHOW_SECONDS", 0)
    shown = []
    write = loop.Watch.show

    def keep(watch, state):
        write(watch, state)
        shown.append(json.loads((tmp_path / "progress.json").read_text()))

    monkeypatch.setattr(loop.Watch, "show", keep)
    train(tmp_path)
    assert [(p["epoch"], p["step"]) for p in shown[:3]] == [(1, 1), (1, 2), (1, 3)]
    assert shown[-1]["epoch"] == shown[-1]["epochs"] == 4
    assert shown[-1]["step"] == shown[-1]["steps"] == 140 // 16
    assert {"loss", "accuracy", "macro_f1", "images_per_second", "eta_seconds"} <= shown[0].keys()
    assert shown[-1]["eta_seconds"] < shown[0]["eta_seconds"] + 1


def test_autocast_is_not_used_on_a_cpu(tmp_path):
    model = tiny_model()
    kinds = set()
    model.net[0].register_forward_hook(
        lambda *a: kinds.add((torch.is_autocast_enabled("cpu"), a[2].dtype))
    )
    train(tmp_path, BUSY.model_copy(update={"autocast": True}), model=model)
    assert kinds == {(False, torch.float32)}


def test_channels_last_reaches_the_net(tmp_path):
    model = tiny_model()
    layouts = set()
    model.net[0].register_forward_pre_hook(
        lambda _, inputs: layouts.add(inputs[0].is_contiguous(memory_format=torch.channels_last))
    )
    train(tmp_path, model=model, machine=Machine(channels_last=True))
    assert layouts == {True}


def test_the_loss_is_smoothed_and_weighted_by_the_closed_form(tmp_path, monkeypatch):
    """loss = Σ w_y [(1-ε) (-log p_y)] + ε/C Σ_c w_c (-log p_c), over Σ w_y."""
    calls = []
    original = F.cross_entropy

    def record(outputs, targets, *args, **kwargs):
        value = original(outputs, targets, *args, **kwargs)
        calls.append((outputs.detach().double(), targets, value.item()))
        return value

    monkeypatch.setattr(F, "cross_entropy", record)
    images = blobs()
    images.labels[images.labels == 6] = 0
    recipe = changed(BUSY, epochs=1, label_smoothing=0.2)
    train(tmp_path, recipe, images)
    counts = np.bincount(images.labels[images.split == "train"], minlength=7)
    w = torch.tensor([140 / (6 * n) if n else 0 for n in counts], dtype=torch.float64)
    for outputs, y, value in calls[:-1]:
        nll = -outputs.log_softmax(dim=1)
        hard = (w[y] * nll[torch.arange(len(y)), y]).sum()
        expected = (0.8 * hard + 0.2 / 7 * (nll @ w).sum()) / w[y].sum()
        assert value == pytest.approx(float(expected), rel=1e-5)


def test_validation_scores_equal_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, logits = rng.integers(0, 5, 300), rng.normal(size=(300, 7))
    tally = Tally(CPU)
    for part in np.split(np.arange(300), 3):
        x, y = torch.tensor(logits[part]), torch.tensor(truth[part])
        tally.add(F.cross_entropy(x, y), x, y)
    scores = tally.scores()
    predicted = logits.argmax(axis=1)
    assert scores["accuracy"] == pytest.approx((predicted == truth).mean())
    expected = f1_score(truth, predicted, labels=range(5), average="macro")
    assert scores["macro_f1"] == pytest.approx(expected)
    assert scores["loss"] == pytest.approx(
        float(F.cross_entropy(torch.tensor(logits), torch.tensor(truth)))
    )


def at(epoch, step):
    return SimpleNamespace(epoch=epoch, step=step, phase=0)


def test_an_epoch_visits_each_image_at_most_once_and_batches_do_not_depend_on_where_it_starts():
    images = blobs()
    prepare = loop.preprocess_for(tiny_model(), CPU)
    recipe = make_recipe(batch_size=16, augment={"rotate": 20, "flip": 0.5})
    whole = list(loop.training_batches(images, rows_of(images), prepare, recipe, 0, at(2, 0)))
    late = list(loop.training_batches(images, rows_of(images), prepare, recipe, 0, at(2, 5)))
    assert [step for step, _, _ in late] == [5, 6, 7]
    for (_, x, y), (_, late_x, late_y) in zip(whole[5:], late, strict=True):
        assert torch.equal(x, late_x)
        assert torch.equal(y, late_y)
    plain = make_recipe(batch_size=16)
    seen = torch.cat(
        [
            x
            for _, x, _ in loop.training_batches(
                images, rows_of(images), prepare, plain, 0, at(0, 0)
            )
        ]
    )
    assert len(seen.flatten(1).unique(dim=0)) == len(seen) == 128


def test_fewer_images_than_a_batch_still_train(tmp_path):
    _, history = train(tmp_path, BUSY.model_copy(update={"batch_size": 500}))
    assert len(history.rows) == 4


def test_a_net_learns_64_real_faces_by_heart(tmp_path, real_data):
    pixels, labels = real_faces(real_data, 78)
    split = np.where(np.arange(78) < 64, "train", "val")
    images = ImageSet(Store(pixels), labels.astype(np.int64), split, "faces")
    recipe = make_recipe(epochs=40, batch_size=32, lr=3e-3, schedule="constant")
    _, history = train(tmp_path, recipe, images, model=tiny_model(side=48, width=16))
    assert max(history.column("train_accuracy")) >= 0.95


def test_fit_leaves_the_weights_of_the_selected_epoch(tmp_path):
    model, history = train(tmp_path)
    images = blobs()
    rows = rows_of(images)
    again = loop.validate(
        model.net,
        loop.preprocess_for(model, CPU),
        images,
        rows,
        BUSY,
        loop.Watch(tmp_path, 1, 1, 60),
    )
    assert again["macro_f1"] == history.rows[history.best]["val_macro_f1"]
    assert again["loss"] == history.rows[history.best]["val_loss"]
    assert not same_bits(model, tiny_model())


def test_a_run_that_is_given_up_ends_after_that_epoch_and_stays_ended(tmp_path):
    asked = []

    def after_two(history):
        asked.append(len(history.rows))
        return len(history.rows) == 2

    _, history = train(tmp_path, give_up=after_two)
    assert asked == [1, 2]
    assert len(history.rows) == 2 < BUSY.epochs
    _, again = train(tmp_path, give_up=after_two)
    assert again.rows == history.rows
    assert asked == [1, 2]
