"""What `fer run` shows while a run predicts."""

import threading

import numpy as np
import pytest
import torch

from fer_core.cli import progress
from fer_core.files import read_json
from fer_core.training.logits import logits, preprocess_for
from fer_core.training.progress import Prediction
from tests.training.small import blobs, tiny_model


def test_every_batch_of_a_prediction_is_told():
    model, told = tiny_model(), []
    prepare = preprocess_for(model, torch.device("cpu"))
    logits(model.net, prepare, blobs().pixels, np.arange(10), 4, tell=told.append)
    assert told == [4, 4, 2]


def test_a_prediction_is_shown_as_training_is(tmp_path, capsys):
    Prediction(tmp_path, "london", 10).advance(10)
    assert read_json(tmp_path / "progress.json")["done"] == 10
    stop = threading.Event()
    stop.set()
    progress._lines(tmp_path, "net on nhfi", stop)
    assert capsys.readouterr().out == "net on nhfi: predicting london, 10 of 10 images\n"


def test_a_prediction_is_told_in_quarters_of_each_test_set(capsys):
    last = None
    for name in ("one", "two"):
        for done in range(1, 101):
            now = {"predicting": name, "done": done, "total": 100}
            last = progress._tell_prediction(now, "run", last)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("predicting ")[1] for line in lines] == [
        f"{name}, {n} of 100 images" for name in ("one", "two") for n in (1, 25, 50, 75, 100)
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"predicting": "x", "done": "1", "total": 2}'])
def test_a_file_that_is_damaged_while_it_is_followed_shows_nothing(tmp_path, capsys, text):
    for name in ("progress.json", "history.csv"):
        (tmp_path / name).write_text(text)
    stop = threading.Event()
    stop.set()
    progress._lines(tmp_path, "net on nhfi", stop)
    assert capsys.readouterr() == ("", "")
