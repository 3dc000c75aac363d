"""`fer weights`: what a file of weights says of itself, to people and to programs."""

import json

import pytest
from torch import nn

from fer_core.cli import main
from fer_core.emotions import EMOTIONS
from fer_core.models import Input, save_weights
from fer_core.models.input import DONE, Picture
from fer_core.study import ModelSpec

FACES = {"detector": "mtcnn", "min_face": 20, "thresholds": [0.6, 0.7, 0.7], "factor": 0.709,
         "frame": 0.25, "margin": "35 %", "align": True, "several": "largest", "none": "exclude",
         "version": 1}  # fmt: skip
SAID = {"how": "face found", "crop": None, "faces": FACES, "sources": {}, "side": 112}
PICTURE = Picture.model_validate({**SAID, "channels": 3, **DONE})
TAKES = Input(size=48, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6), picture=PICTURE)
SPEC = ModelSpec(backbone="resnet18", input_size=48, stem="keep").model_dump(mode="json")


@pytest.fixture
def told(capsys, tmp_path):
    """Save a file with some input and run `fer weights` on it: exit code, output and errors."""

    def call(takes: dict, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "m.safetensors"
        save_weights(nn.Linear(1, 1), file, {"spec": SPEC, "input": takes})
        with pytest.raises(SystemExit) as stop:
            main(["weights", str(file), *options])
        return (int(stop.value.code or 0), *capsys.readouterr())

    return call


def test_a_file_tells_its_net_its_labels_and_every_step_from_picture_to_tensor(told):
    code, out, _ = told(TAKES.model_dump(mode="json"))
    assert code == 0
    for words in (
        "resnet18", "keep", ", ".join(EMOTIONS), "face found", "margin 35 %", "align yes",
        "112 px, colour, lanczos", "bilinear, antialiased where it shrinks", "0 to 1", "48 px",
        "0.1, 0.2, 0.3", "0.4, 0.5, 0.6",
    ):  # fmt: skip
        assert words in out, words
    assert "faces already  no" in out


def test_programs_get_the_same_as_json(told):
    code, out, _ = told(TAKES.model_dump(mode="json"), "--json")
    said = json.loads(out)
    assert code == 0
    assert Input.model_validate(said["input"]) == TAKES
    assert said["labels"] == list(EMOTIONS)


def test_an_older_file_says_in_one_line_that_its_pictures_are_unknown(told):
    _, out, _ = told({"size": 48, "mean": [0.5], "std": [0.5]})
    assert [line for line in out.splitlines() if "unknown" in line] == [
        "pictures    unknown: the file was written before this was written down"
    ]
    assert not any(word in out for word in ("lanczos", "bilinear", "margin"))


def test_a_file_that_names_no_net_is_one_line(told, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["weights", str(tmp_path / "absent.safetensors")])
    assert "no weights file at" in capsys.readouterr().err
