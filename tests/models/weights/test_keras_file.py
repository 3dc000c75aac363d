"""Keras's old files of weights: arrays in torch's layout, whole or refused with the reason."""

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.models.weights.keras_file import read_keras
from fer_core.models.weights.reading import hash_file, read_weights
from tests.models.weights.keras_files import write_layers

rng = np.random.default_rng(0)


def drawn(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


LAYERS = {
    "block1/conv": [drawn(3, 2, 4, 5), drawn(5)],
    "pool": [],
    "bn": [drawn(5), drawn(5), drawn(5), drawn(5)],
    "predictions": [drawn(4, 6), drawn(6)],
}


def test_the_place_in_its_layer_says_what_an_array_is(tmp_path: Path) -> None:
    path = write_layers(tmp_path / "net.h5", LAYERS)
    state, notes = read_weights(path)
    assert notes == {}
    assert isinstance(hash_file(path), str)
    gamma, beta, mean, variance = LAYERS["bn"]
    matrix, shift = LAYERS["predictions"]
    expected = {
        "block1/conv.weight": LAYERS["block1/conv"][0].transpose(3, 2, 0, 1),
        "block1/conv.bias": LAYERS["block1/conv"][1],
        "bn.weight": gamma,
        "bn.bias": beta,
        "bn.running_mean": mean,
        "bn.running_var": variance,
        "predictions.weight": matrix.T,
        "predictions.bias": shift,
    }
    assert [*state] == [*expected]
    assert all(np.array_equal(state[name], values) for name, values in expected.items())


SIDES = st.integers(1, 4)


@given(st.integers(0, 2**31), SIDES, SIDES, SIDES, SIDES, st.booleans())
def test_a_kernel_gives_what_it_gives_in_keras(
    tmp_path_factory, seed: int, height: int, width: int, channels: int, last: int, depthwise: bool
) -> None:
    draw = np.random.default_rng(seed)
    kernel = draw.normal(size=(height, width, channels, last)).astype("float32")
    image = draw.normal(size=(5, 6, channels)).astype("float32")
    layer = "block4a_dwconv2" if depthwise else "block4a_conv"
    path = write_layers(tmp_path_factory.mktemp("net") / "net.h5", {layer: [kernel]})
    weight = read_keras(path)[f"{layer}.weight"]
    windows = np.lib.stride_tricks.sliding_window_view(image, (height, width), axis=(0, 1))
    how = "yxchw,hwcm->cmyx" if depthwise else "yxchw,hwco->oyx"
    theirs = np.einsum(how, windows, kernel)
    x = torch.from_numpy(image).permute(2, 0, 1)[None]
    ours = F.conv2d(x, weight, groups=channels if depthwise else 1)[0]
    assert np.allclose(ours, theirs.reshape(-1, *theirs.shape[-2:]), atol=1e-4)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def in_file(change):
    def damage(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            change(file)

    return damage


def put(file: h5py.File, **more: object) -> None:
    del file["bn/bn/anything_2:0"]
    file["bn"].create_dataset("bn/anything_2:0", **more)


def link(file: h5py.File) -> None:
    del file["bn"]
    other = write_layers(Path(file.filename).with_name("other.h5"), {"bn": LAYERS["bn"]})
    file["bn"] = h5py.ExternalLink(other.name, "bn")


def repeat(file: h5py.File) -> None:
    """Let a small file list one array so often that memory would not hold it."""
    file["big"] = np.ones((10, 100), dtype="f4")
    names = [f"big{i}" for i in range(50)]
    for name in names:
        file.create_group(name)["x"] = file["big"]
        file[name].attrs["weight_names"] = [b"x"]
    file.attrs["layer_names"] = [name.encode() for name in names]


def map_outside(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((5,), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "x", (5,), "float32")
    del file["bn/bn/anything_2:0"]
    file["bn"].create_virtual_dataset("bn/anything_2:0", layout)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (halve, "not readable"),
        (lambda path: path.write_bytes(b"no HDF5"), "not readable"),
        (in_file(lambda file: file.attrs.pop("layer_names")), "/ has no layer_names"),
        (in_file(lambda file: file["bn"].attrs.pop("weight_names")), "/bn has no weight_names"),
        (in_file(lambda file: file.pop("bn")), "/ lacks bn"),
        (
            in_file(lambda file: file.pop("bn/bn/anything_2:0")),
            "/bn lacks bn/anything_2:0",
        ),
        (in_file(lambda file: put(file, data=np.full(5, np.nan, "f4"))), "that are not finite"),
        (in_file(lambda file: put(file, data=np.zeros(5))), "is float64"),
        (in_file(lambda file: put(file, data=np.zeros((5, 2, 1), "f4"))), "of no kind"),
        (in_file(lambda file: put(file, shape=(10**12,), dtype="f4", chunks=True)), "no whole"),
        (
            in_file(lambda file: put(file, shape=5, dtype="f4", external=[("x.bin", 0, 20)])),
            "no array of this file",
        ),
        (in_file(link), "bn in / is a link"),
        (in_file(map_outside), "no array of this file"),
        (in_file(lambda file: put(file, shape=5, dtype="f4")), "no whole"),  # never written
        (in_file(lambda file: file.attrs.create("layer_names", [b"bn", b"bn"])), "a name twice"),
        (in_file(repeat), "no whole"),
        (in_file(lambda file: file.attrs.create("layer_names", [b"pool"])), "lists no arrays"),
    ],
)
def test_a_damaged_or_strange_file_is_one_clear_line(damage, why: str, tmp_path: Path) -> None:
    path = write_layers(tmp_path / "net.h5", LAYERS)
    damage(path)
    with pytest.raises(FerError) as caught:
        read_weights(path)
    assert why in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_h5py_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_layers(tmp_path / "net.h5", LAYERS)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FerError, match=r"^net\.h5 is a file of Keras.*pip install h5py$"):
        read_weights(path)
