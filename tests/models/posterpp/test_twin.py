"""The small twin learns faces, and shows where it looks."""

import numpy as np
import torch
import torch.nn.functional as F

from fer_core.data.phantom.dataset import generate
from fer_core.emotions import EMOTION_INDEX
from fer_core.models import create_model
from fer_core.models.cam import grad_cam
from fer_core.study import ModelSpec
from fer_core.training.images import Preprocess

FACES = 64


def test_the_twin_learns_64_faces_by_heart_and_grad_cam_finds_places() -> None:
    torch.manual_seed(0)
    model = create_model(ModelSpec(backbone="posterpp-tiny"))
    index, pixels = generate("phantom-lab", FACES)
    prepare = Preprocess(48, model.input.mean, model.input.std, torch.device("cpu"))
    x = prepare(torch.from_numpy(pixels).permute(0, 3, 1, 2))
    y = torch.tensor([EMOTION_INDEX[emotion] for emotion in index["emotion"]])
    optimizer = torch.optim.AdamW(model.net.parameters(), 2e-3)
    for _ in range(40):
        for rows in torch.randperm(FACES).split(32):
            optimizer.zero_grad()
            F.cross_entropy(model.net.train()(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.inference_mode():
        predicted = model.net.eval()(x).argmax(1)
    assert float((predicted == y).float().mean()) >= 0.95

    maps = grad_cam(model, x[:7], y[:7].numpy())
    assert maps.shape == (7, 48, 48)
    assert np.isfinite(maps).all()
    assert (maps.max((1, 2)) > 0.9).sum() >= 4
