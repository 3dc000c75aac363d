"""A run's weights, saved and loaded."""

from pathlib import Path
from typing import Any

import pytest
import torch

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.models import Input, Model, create_model, load_model, load_weights, save_weights
from fer_core.study import ModelSpec

SPEC = ModelSpec(backbone="test_resnet", input_size=48, stem="keep")
TAKES = Input(size=48, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))


def notes(**changes: Any) -> dict[str, Any]:
    return {"spec": SPEC.model_dump(), "input": TAKES.model_dump(mode="json"), **changes}


@pytest.fixture(scope="module")
def model() -> Model:
    torch.manual_seed(1)
    made = create_model(SPEC)
    made.net(torch.randn(4, 3, 48, 48))  # moves the running statistics
    return made


def test_a_saved_model_comes_back_whole_from_its_file_alone(model: Model, tmp_path: Path) -> None:
    save_weights(
        model.net.to(memory_format=torch.channels_last), tmp_path / "m.safetensors", notes()
    )
    back = load_model(tmp_path / "m.safetensors")
    ours, theirs = model.net.state_dict(), back.net.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    image = torch.randn(2, 3, 48, 48)
    model.net.eval()
    assert torch.allclose(back.net.eval()(image), model.net(image), atol=1e-6)
    assert back.input == TAKES
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]


def test_load_weights_returns_the_metadata_with_the_labels(model: Model, tmp_path: Path) -> None:
    save_weights(model.net, tmp_path / "m.safetensors", notes())
    loaded = load_weights(create_model(SPEC).net, tmp_path / "m.safetensors", SPEC)
    assert tuple(loaded["labels"]) == EMOTIONS
    assert loaded["spec"]["stem"] == "keep"


def test_a_file_of_before_pictures_were_described_is_read_and_nothing_is_made_up(
    model: Model, tmp_path: Path
) -> None:
    old = {"size": 48, "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}
    save_weights(model.net, tmp_path / "m.safetensors", notes(input=old))
    back = load_model(tmp_path / "m.safetensors")
    assert back.input == TAKES
    assert back.input.picture is None


def test_the_same_net_gives_the_same_bytes(model: Model, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        save_weights(model.net, tmp_path / name, notes())
    assert len({(tmp_path / name).read_bytes() for name in ("a", "b", "c")}) == 1


def test_other_labels_are_refused_and_named(model: Model, tmp_path: Path) -> None:
    save_weights(model.net, tmp_path / "m.safetensors", notes(labels=EMOTIONS[::-1]))
    with pytest.raises(
        FerError, match=r"has the labels surprise, sad, .*; here they are angry, disgust"
    ):
        load_weights(model.net, tmp_path / "m.safetensors")


def test_a_file_without_labels_is_refused(model: Model, tmp_path: Path) -> None:
    torch.save(model.net.state_dict(), tmp_path / "m.pth")
    with pytest.raises(FerError, match="does not name its labels"):
        load_weights(model.net, tmp_path / "m.pth")


def test_another_stem_is_refused_although_its_tensors_would_fit(
    model: Model, tmp_path: Path
) -> None:
    save_weights(model.net, tmp_path / "m.safetensors", notes())
    other = SPEC.model_copy(update={"stem": "standard"})
    with pytest.raises(
        FerError, match="another net: stem 'keep' in the file, 'standard' asked for"
    ):
        load_weights(model.net, tmp_path / "m.safetensors", other)


def test_another_backbone_is_refused_with_the_tensors_that_differ(
    model: Model, tmp_path: Path
) -> None:
    save_weights(model.net, tmp_path / "m.safetensors", {})
    other = create_model(ModelSpec(backbone="test_efficientnet"))
    with pytest.raises(
        FerError, match=r"\d+ missing \(conv_stem.weight, .*\d+ unexpected \(conv1\.0\.weight"
    ):
        load_weights(other.net, tmp_path / "m.safetensors")
    with pytest.raises(FerError, match="does not say which net it is"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    "damage",
    [
        {"input": {"size": 48}},
        {"input": {"size": 48, "mean": "x", "std": [1, 1, 1]}},
        {"input": {"size": 48, "mean": [0, 0, 0], "std": [0, 0, 0]}},
        {"input": None},
        {"spec": {"backbone": 3}},
        {"spec": []},
        {"labels": 7},
        {"labels": [1, 2, 3, 4, 5, 6, 7]},
    ],
)
def test_damaged_metadata_is_one_clear_line(
    damage: dict[str, Any], model: Model, tmp_path: Path
) -> None:
    save_weights(model.net, tmp_path / "m.safetensors", notes(**damage))
    with pytest.raises(
        FerError, match=r"describes no net that can be built|are damaged: (input|labels|spec)"
    ):
        load_model(tmp_path / "m.safetensors")
