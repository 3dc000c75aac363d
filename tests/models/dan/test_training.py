"""DAN in the training loop: its twin learns faces by heart, centres and all."""

from types import SimpleNamespace

import numpy as np
import torch

from fer_core.data.store import Store
from fer_core.models import create_model
from fer_core.models.method import deployed
from fer_core.study import ModelSpec
from fer_core.training.images import ImageSet
from tests.recipes import recipe
from tests.training.small import real_faces, train


def test_the_twin_learns_64_real_faces_by_heart_and_moves_its_centres(tmp_path, real_data):
    pixels, labels = real_faces(real_data, 78)
    split = np.where(np.arange(78) < 64, "train", "val")
    images = ImageSet(Store(pixels), labels.astype(np.int64), split, "faces")
    torch.manual_seed(0)
    model = create_model(ModelSpec(backbone="dan-tiny"))
    drawn = model.net.centres.detach().clone()
    how = recipe(epochs=20, batch_size=32, lr=3e-3, schedule="constant")
    kept = SimpleNamespace(net=model.net, input=model.input, head=model.head)
    _, history = train(tmp_path, how, images, model=kept)
    assert max(history.column("train_accuracy")) >= 0.95
    assert (model.net.centres.detach() - drawn).abs().max() > 1e-3
    assert deployed(model.net).centres is None
