"""Files of weights: read whole and without running them, or refused."""

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fer_core.errors import FerError
from fer_core.models.weights.reading import METADATA_KEY, read_weights

STATE = {"conv.weight": torch.arange(6.0).reshape(2, 3), "bn.num_batches_tracked": torch.tensor(4)}
PARALLEL = {f"module.{name}": tensor for name, tensor in STATE.items()}
WRAPPED = {
    "plain": STATE,
    "parallel": PARALLEL,
    "compiled and parallel": {f"_orig_mod.{name}": tensor for name, tensor in PARALLEL.items()},
    "state_dict": {"epoch": 3, "state_dict": PARALLEL, "best_acc": torch.tensor(0.5)},
    "model_state_dict": {
        "iter": 21,
        "model_state_dict": STATE,
        "optimizer_state_dict": {"state": {0: {"step": 3}}, "param_groups": [{"lr": 0.1}]},
    },
    "averaged": {"state_dict": {"conv.weight": torch.zeros(1)}, "state_dict_ema": STATE},
    "model": {"model": STATE, "args": {"lr": 0.1}},
}


def same(state: dict[str, torch.Tensor]) -> bool:
    return state.keys() == STATE.keys() and all(torch.equal(state[k], STATE[k]) for k in STATE)


@pytest.mark.parametrize("how", WRAPPED)
@pytest.mark.parametrize("new_format", [True, False])
def test_a_state_dict_is_found_in_every_wrapping_of_trainers(
    how: str, new_format: bool, tmp_path: Path
) -> None:
    path = tmp_path / "weights.pth.tar"
    torch.save(WRAPPED[how], path, _use_new_zipfile_serialization=new_format)
    state, notes = read_weights(path)
    assert same(state)
    assert notes == {}


def test_a_safetensors_file_brings_its_notes(tmp_path: Path) -> None:
    notes = {"labels": ["angry"], "spec": {"backbone": "dan"}, "other": 1}
    save_file(STATE, tmp_path / "w.safetensors", {METADATA_KEY: json.dumps(notes)})
    state, read = read_weights(tmp_path / "w.safetensors")
    assert same(state)
    assert read == {"labels": ["angry"], "spec": {"backbone": "dan"}}


def test_damaged_notes_are_one_clear_line(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "w.safetensors", {METADATA_KEY: '{"labels": 7}'})
    with pytest.raises(FerError, match="its notes are damaged: labels"):
        read_weights(tmp_path / "w.safetensors")


class Recorder:
    """A trainer's curves, as POSTER++'s trainer saves them beside the tensors."""

    ran: ClassVar[list[str]] = []

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.ran.append("setstate")


def test_the_trainers_own_recorder_beside_the_tensors_is_passed_over_unrun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Recorder", Recorder, raising=False)
    checkpoint = {"state_dict": PARALLEL, "recorder": Recorder(np.arange(3.0)), "epoch": 4}
    torch.save(checkpoint, tmp_path / "w.pth")
    state, _ = read_weights(tmp_path / "w.pth")
    assert same(state)
    assert not Recorder.ran
    torch.save({"state_dict": {**STATE, "odd": Recorder(np.arange(3.0))}}, tmp_path / "odd.pth")
    with pytest.raises(FerError, match="holds more than tensors"):
        read_weights(tmp_path / "odd.pth")
    torch.save(Recorder(np.arange(3.0)), tmp_path / "whole.pth")
    with pytest.raises(FerError, match="holds no state dict"):
        read_weights(tmp_path / "whole.pth")


class Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


class Evil(Bomb):
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, (f"open({str(self.mark)!r}, 'w').close()",)


@pytest.mark.parametrize("name", ["bomb.pth", "bomb.pt", "bomb.pkl", "bomb.safetensors"])
@pytest.mark.parametrize("how", ["torch", "old torch", "pickle"])
@pytest.mark.parametrize("kind", [Bomb, Evil])
@pytest.mark.parametrize("beside", [False, True])
def test_a_pickle_is_refused_and_its_code_does_not_run(
    name: str, how: str, kind: type[Bomb], beside: bool, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    trap: dict[str, Any] = {"conv1.weight": kind(mark)}
    if beside:
        trap = {"state_dict": STATE, "recorder": kind(mark)}
    if how == "pickle":
        (tmp_path / name).write_bytes(pickle.dumps(trap))
    else:
        torch.save(trap, tmp_path / name, _use_new_zipfile_serialization=how == "torch")
    why = "not readable" if name.endswith("safetensors") else "refused, because it is a pickle"
    with pytest.raises(FerError, match=why):
        read_weights(tmp_path / name)
    assert not mark.exists()
    pickle.loads(pickle.dumps(trap))  # the trap itself works
    assert mark.exists()


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x80\x04K\x01."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_that_holds_no_weights_is_one_clear_line(
    content: bytes, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(
        FerError, match=r"give a safetensors file, a plain torch state dict"
    ) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


def test_a_state_dict_without_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "w.pth")
    with pytest.raises(FerError, match="it holds no tensors"):
        read_weights(tmp_path / "w.pth")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FerError, match=r"no weights file at .*; give none, imagenet or the path"):
        read_weights(tmp_path)
