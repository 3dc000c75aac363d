"""Features are those of the whole net, cut in two, and are worked out once."""

import numpy as np
import pytest
import torch

from fer_core.beyond import features as module
from fer_core.beyond.features import features, trunk
from fer_core.beyond.record import Settings
from fer_core.data.prepare.add import add_dataset
from fer_core.models import create_model
from fer_core.models.input import as_images, to_tensor
from fer_core.study import ModelSpec
from tests.data.made import faces, write_folder


@pytest.fixture
def model():
    torch.manual_seed(0)
    made = create_model(ModelSpec(backbone="mobilenetv1", input_size=48))
    made.net.eval()
    return made


@pytest.fixture
def dataset(tmp_path, data_home, monkeypatch):
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    return add_dataset("folder", write_folder(tmp_path / "faces", faces(4)), progress=False,
                       as_name="mine")  # fmt: skip


def test_the_net_is_cut_before_its_last_block(model):
    x = torch.rand(2, 3, 48, 48) * 255
    maps, pooled = trunk(model.net, x)
    with torch.inference_mode():
        whole = model.net.forward_features(x)
        rest = model.net.blocks[-1][-1](maps.clone())
    assert torch.allclose(rest, whole)
    assert torch.allclose(pooled, whole.mean(dim=(2, 3)))


def test_mirrored_features_are_those_of_the_mirrored_image(model, dataset):
    rows = np.array([1, 4])
    maps, pooled = features(model, dataset, rows, True)
    images = as_images(dataset.store.batch(rows)).flip(-1)
    expected = trunk(model.net, to_tensor(images, 48, model.input.mean, model.input.std))
    assert maps.dtype == pooled.dtype == np.float16
    assert np.allclose(maps, expected[0], atol=2e-3, rtol=2e-3)
    assert np.allclose(pooled, expected[1], atol=2e-3, rtol=2e-3)


def test_features_are_worked_out_once_for_the_same_rows_pixels_and_net(model, dataset, monkeypatch):
    made, work_out = [], module._work_out
    monkeypatch.setattr(module, "_work_out", lambda *a: made.append(a) or work_out(*a))
    rows = np.array([0, 2, 3])
    first = features(model, dataset, rows, False)
    again = features(model, dataset, rows, False)
    assert len(made) == 1
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    features(model, dataset, rows[:2], False)
    features(model, dataset, rows, True)
    assert len(made) == 3


def test_the_frozen_net_is_the_one_of_face_recognition(real_weights, monkeypatch):
    monkeypatch.setenv("FER_WEIGHTS", str(real_weights))
    model = module.frozen_model(Settings())
    assert set(model.provenance["sha256"]) == {"faceres-deep.json", "faceres-deep.bin"}
    assert not model.net.training
