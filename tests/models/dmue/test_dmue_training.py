"""DMUE in the training loop, by its small net."""

import numpy as np
import pytest
import torch

from fer_core.data.store import Store
from fer_core.models import create_model, load_model, save_weights
from fer_core.models.method import deployed
from fer_core.study import ModelSpec
from fer_core.training import progress
from fer_core.training.images import ImageSet
from tests.recipes import recipe
from tests.training.small import blobs, real_faces, same_bits, train

SPEC = ModelSpec(backbone="dmue-tiny", input_size=48, options={"beta": 2})
SHORT = recipe(epochs=2, batch_size=28, lr=3e-3)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def model(seed=0, spec=SPEC):
    torch.manual_seed(seed)
    return create_model(spec)


@pytest.mark.parametrize(("variant", "epochs"), [("published", 24), ("corrected", 14)])
def test_it_learns_64_real_faces_by_heart(tmp_path, real_data, variant, epochs):
    pixels, labels = real_faces(real_data, 78)
    split = np.where(np.arange(78) < 64, "train", "val")
    images = ImageSet(Store(pixels), labels.astype(np.int64), split, "faces")
    how = recipe(epochs=epochs, batch_size=32, lr=3e-3, schedule="constant")
    # two steps an epoch: the auxiliary branches need more epochs before the target follows them
    spec = SPEC.model_copy(update={"options": {"variant": variant, "beta": 20}})
    _, history = train(tmp_path, how, images, model=model(spec=spec))
    assert max(history.column("train_accuracy")) >= 0.95


def test_what_the_published_training_left_out_stays_as_it_was_drawn(tmp_path):
    images = blobs(84, side=48)
    published, _ = train(tmp_path / "a", SHORT, images, model=model())
    learned = SPEC.model_copy(update={"options": {"beta": 2, "train_uncertainty": True}})
    corrected, _ = train(tmp_path / "b", SHORT, images, model=model(spec=learned))
    names = [n for n, _ in published.net.named_parameters() if n.startswith(("unc", "neck.w"))]
    assert len(names) == 6
    fresh = model().net
    for name in names:
        assert torch.equal(published.net.get_parameter(name), fresh.get_parameter(name))
        assert not torch.equal(corrected.net.get_parameter(name), fresh.get_parameter(name)), name
    assert not published.net.neck.bias.any()
    assert not corrected.net.neck.bias.any()


def test_a_run_stopped_within_an_epoch_ends_with_the_same_bits(tmp_path, monkeypatch):
    images = blobs(84, side=48)
    whole, _ = train(tmp_path / "whole", SHORT, images, model=model())
    count = iter(range(100))
    step = progress.Watch.step

    def stop_after_three(watch, state):
        due = step(watch, state)
        if next(count) == 2:
            raise KeyboardInterrupt
        return due

    with monkeypatch.context() as patch:
        patch.setattr(progress.Watch, "step", stop_after_three)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "cut", SHORT, images, model=model(), checkpoint_seconds=0)
    resumed, _ = train(tmp_path / "cut", SHORT, images, model=model())
    assert same_bits(whole, resumed)


def test_the_saved_net_is_the_target_branch_and_can_be_rebuilt(tmp_path):
    trained = model()
    net = deployed(trained.net.eval())
    options = {**trained.options, "deployed": True}
    spec = SPEC.model_copy(update={"options": options}).model_dump(mode="json")
    given = {"size": 48, "mean": list(trained.input.mean), "std": list(trained.input.std)}
    save_weights(net, tmp_path / "model.safetensors", {"spec": spec, "input": given})
    rebuilt = load_model(tmp_path / "model.safetensors")
    x = torch.randn(3, 3, 48, 48)
    with torch.inference_mode():
        assert torch.equal(rebuilt.net.eval()(x), trained.net(x))
    held = sum(value.numel() for value in rebuilt.net.state_dict().values())
    assert held < sum(value.numel() for value in trained.net.state_dict().values()) / 4
