"""TensorFlow.js graph models as files of weights: read whole, or refused with the reason."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.models.weights.reading import hash_file, read_weights
from tests.models.weights.graph_files import write_graph

rng = np.random.default_rng(0)
TENSORS = {
    "conv/kernel": rng.normal(size=(3, 2, 4, 5)),
    "conv_dw/depthwise_kernel": rng.normal(size=(3, 3, 4, 1)),
    "dense/kernel": rng.normal(size=(4, 6)),
    "dense/bias": rng.normal(size=6),
    "constant": np.array(0.5),
}


def test_tensors_come_in_the_layout_of_torch(tmp_path: Path) -> None:
    state, notes = read_weights(write_graph(tmp_path / "net.json", TENSORS, shards=3))
    assert notes == {}
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        "conv/kernel": (5, 4, 3, 2),
        "conv_dw/depthwise_kernel": (4, 1, 3, 3),
        "dense/kernel": (6, 4),
        "dense/bias": (6,),
        "constant": (),
    }
    assert state["conv/kernel"][1, 2, 0, 1] == np.float32(TENSORS["conv/kernel"][0, 1, 2, 1])
    depthwise = TENSORS["conv_dw/depthwise_kernel"]
    assert state["conv_dw/depthwise_kernel"][2, 0, 1, 0] == np.float32(depthwise[1, 0, 2, 0])
    assert state["dense/kernel"][3, 1] == np.float32(TENSORS["dense/kernel"][1, 3])


def test_the_hash_covers_every_file(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "net.json", TENSORS, shards=2)
    before = hash_file(path)
    assert isinstance(before, dict)
    assert sorted(before) == ["net.json", "net0.bin", "net1.bin"]
    shard = tmp_path / "net1.bin"
    shard.write_bytes(shard.read_bytes()[::-1])
    after = hash_file(path)
    assert {name for name in before if before[name] != after[name]} == {"net1.bin"}


def manifest(change):
    def damage(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content["weightsManifest"][0])
        path.write_text(json.dumps(content))

    return damage


def set_value(path: Path, value: float) -> None:
    shard = path.with_name("net0.bin")
    data = np.frombuffer(shard.read_bytes(), "<f4").copy()
    data[-2] = value
    shard.write_bytes(data.tobytes())


DAMAGE = {
    "shard net0.bin is missing": lambda path: path.with_name("net0.bin").unlink(),
    "its shards hold": lambda path: path.with_name("net0.bin").write_bytes(b"1234"),
    "dense/bias holds values that are not finite": lambda path: set_value(path, np.nan),
    "not a file beside it": manifest(lambda group: group.update(paths=["../net0.bin"])),
    "has the shape": manifest(lambda group: group["weights"][0].update(shape=[-1, 3])),
    "only float32 is read": manifest(lambda group: group["weights"][0].update(dtype="string")),
    "or quantised": manifest(lambda group: group["weights"][0].update(quantization={"scale": 1})),
    "lists dense/bias twice": manifest(lambda group: group["weights"][4].update(name="dense/bias")),
    "lists no tensors": lambda path: path.write_text('{"format": "graph-model"}'),
    "no TensorFlow.js graph model": lambda path: path.write_text("[1, 2]"),
}


@pytest.mark.parametrize("fault", DAMAGE)
def test_a_damaged_file_is_one_clear_line(fault: str, tmp_path: Path) -> None:
    path = write_graph(tmp_path / "net.json", TENSORS)
    if fault == "lists dense/bias twice":  # of one shape, or the sizes would differ first
        write_graph(path, {**TENSORS, "constant": TENSORS["dense/bias"]})
    DAMAGE[fault](path)
    with pytest.raises(FerError, match=fault) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


@given(text=st.text(max_size=60) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["format", "weightsManifest", "weights", "paths", "name", "shape"]), inner
    ),
).map(json.dumps))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_json_does_more_than_be_refused(text: str, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("graph") / "net.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FerError):
        read_weights(path)


def test_the_list_may_not_name_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(4))
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write_graph(folder / "net.json", {"x": np.zeros(1)})
    content = json.loads(path.read_text())
    content["weightsManifest"][0]["paths"] = [str(tmp_path / "secret.bin")]
    path.write_text(json.dumps(content))
    with pytest.raises(FerError, match="not a file beside it"):
        read_weights(path)


def test_whole_numbers_are_read_as_such(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "net.json", {"reduction_indices": np.zeros(2)})
    content = json.loads(path.read_text())
    content["weightsManifest"][0]["weights"][0]["dtype"] = "int32"
    path.write_text(json.dumps(content))
    assert read_weights(path)[0]["reduction_indices"].dtype == torch.int32
