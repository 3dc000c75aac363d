"""A file of weights is recognised by the names of its tensors; nothing is skipped silently."""

import json
from collections import OrderedDict
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.models import create, create_model
from fer_core.models.create import Model
from fer_core.models.entries import Entry
from fer_core.models.weights import recognise
from fer_core.models.weights.name_map import NameMap, State
from fer_core.models.weights.reading import METADATA_KEY
from fer_core.study import ModelSpec

RAFDB = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")


class Net(nn.Module):
    """A trunk, a copy of its last layer, a table of positions and a classifier with batch norm."""

    def __init__(self, size: int, classes: int, deployed: bool) -> None:
        super().__init__()
        self.trunk = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 3), bn=nn.BatchNorm2d(4)))
        if not deployed:
            self.copies = nn.ModuleList(nn.BatchNorm2d(4) for _ in range(2))
        self.pos_embed = nn.Parameter(torch.zeros(1, size - 2, 1))
        self.classifier = nn.Sequential(nn.Linear(4, classes), nn.BatchNorm1d(classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier((self.trunk(x) + self.pos_embed).mean((2, 3)))


SMALL = Entry(
    "small", "method", "Small", "here", sizes=(16, 24), options={"deployed": False},
    classifier=("classifier.",), trunk=("trunk", "small_trunk"), build=Net,
)  # fmt: skip


def build_other(size: int, classes: int, deployed: bool) -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, classes))


OTHER = replace(SMALL, name="other", trunk=None, build=build_other, classifier=("2.",))
RULES = ((r"body\.(.+)", r"trunk.\1"), (r"out\.(.+)", r"classifier.\1"))
COPIES = tuple(rf"copies.{i}.\1" for i in range(2))
WHOLE = NameMap("the authors", ("small",), (*RULES, (r"twin(\d)\.(.+)", r"copies.\1.\2")),
                unused=(r"junk\..+",))  # fmt: skip
STREAM = NameMap("a face net", ("small",), ((r"bn\.(.+)", (r"trunk.bn.\1", *COPIES)),
                 (r"conv\.(.+)", r"trunk.conv.\1")), unused=(r"people\..+",),
                 kept=(r"(?!trunk\.|copies\.).+",), part="stream")  # fmt: skip
TABLE = NameMap("a table", ("small",), kept=(r"(?!pos_embed).+",), part="table")
ELSEWHERE = NameMap("another project", ("other",), ((r"last\.(.+)", r"2.\1"),))


@pytest.fixture(autouse=True)
def nets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small nets of ours, and maps for the files of others."""
    found = {"small": SMALL, "other": OTHER}
    monkeypatch.setattr(recognise, "entries", lambda: found)
    monkeypatch.setattr(create, "entries", lambda: found)
    monkeypatch.setattr(recognise, "_NAMES", {})
    use(monkeypatch, WHOLE, STREAM, TABLE, ELSEWHERE)


def use(monkeypatch: pytest.MonkeyPatch, *maps: NameMap) -> None:
    monkeypatch.setattr(recognise, "room_maps", lambda: maps)


def theirs(classes: int = 7, **changes: torch.Tensor) -> State:
    """A file of the authors: other names, and a layer that the net does without."""
    state = Net(16, classes, False).state_dict()
    names = {"trunk.": "body.", "classifier.": "out.", "copies.0": "twin0", "copies.1": "twin1"}
    for ours, other in names.items():
        state = {name.replace(ours, other, 1): tensor for name, tensor in state.items()}
    torch.manual_seed(3)
    random = {
        name: torch.rand_like(tensor) if tensor.is_floating_point() else tensor + 9
        for name, tensor in state.items()
    }
    return {**random, "junk.weight": torch.zeros(2), **changes}


def stream() -> State:
    face = {name.removeprefix("body."): t for name, t in theirs().items() if "body." in name}
    return {**face, "people.weight": torch.zeros(9, 4)}


def save(state: State, path: Path) -> Path:
    torch.save({"state_dict": {f"module.{name}": state[name] for name in state}}, path)
    return path


def make(weights: Any, backbone: str = "small", size: int = 16, **changes: Any) -> Model:
    given = {k: str(v) for k, v in weights.items()} if isinstance(weights, dict) else str(weights)
    return create_model(
        ModelSpec.model_validate(
            {"backbone": backbone, "input_size": size, "weights": given, **changes}
        )
    )


def test_the_authors_file_fills_the_net_and_the_record_says_what_became_of_each_tensor(
    tmp_path: Path,
) -> None:
    state, path = theirs(), tmp_path / "authors.pth.tar"
    model = make(save(state, path), labels="rafdb")
    own = model.net.state_dict()
    assert torch.equal(own["trunk.conv.weight"], state["body.conv.weight"])
    assert torch.equal(own["copies.1.bias"], state["twin1.bias"])
    rows = [RAFDB.index(emotion) for emotion in EMOTIONS]
    for name in ("0.weight", "0.bias", "1.running_var", "1.weight"):
        assert torch.equal(own[f"classifier.{name}"], state[f"out.{name}"][rows])
    assert model.provenance == {
        "source": "authors.pth.tar",
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "map": "the authors",
        "unused": ["junk.weight"],
        "head": f"loaded: its outputs {', '.join(RAFDB)} put into our order",
        "kept": [],
        "counts": {"taken": len(own), "unused": 1, "kept": 0},
    }
    json.dumps(model.provenance)


def test_without_labels_the_classifier_stays_random_and_the_record_says_so(tmp_path: Path) -> None:
    state = theirs(8)
    record = make(save(state, tmp_path / "a.pth")).provenance
    assert record["head"].startswith("random: the file's classifier has 8 classes")
    assert record["unused"] == [*(name for name in state if "out." in name), "junk.weight"]
    assert record["kept"] == [name.replace("out.", "classifier.") for name in record["unused"][:-1]]


def test_files_for_parts_fill_their_parts_and_the_record_lists_each(tmp_path: Path) -> None:
    table = {"pos_embed": torch.rand(1, 14, 1)}
    paths = {"stream": save(stream(), tmp_path / "s.pth"), "table": save(table, tmp_path / "t.pth")}
    model = make(paths)
    own = model.net.state_dict()
    face = stream()
    assert torch.equal(own["pos_embed"], table["pos_embed"])
    for layer in ("trunk.bn", "copies.0", "copies.1"):
        assert torch.equal(own[f"{layer}.weight"], face["bn.weight"])
    record = model.provenance
    assert record["source"] == "s.pth and t.pth"
    assert record["sha256"].keys() == {"stream", "table"}
    assert record["map"] == {"stream": "a face net", "table": "a table"}
    assert record["unused"] == {"stream": ["people.weight"], "table": []}
    assert record["head"] == "random: the file has no classifier"
    assert all(name.startswith("classifier.") for name in record["kept"])


def test_imagenet_weights_go_into_the_trunk_and_their_classifier_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = {**stream(), "fc.weight": torch.zeros(1000, 4)}
    del file["people.weight"]
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    save_file(file, tmp_path / "small_trunk.safetensors")
    record = make("imagenet").provenance
    assert (record["source"], record["head"]) == (
        "small_trunk.safetensors", "random: the file has no classifier"
    )  # fmt: skip
    assert record["unused"] == {"trunk": ["fc.weight"]}
    assert all(not name.startswith("trunk.") for name in record["kept"])
    with pytest.raises(FerError, match="other has no ImageNet weights; give none or the path"):
        make("imagenet", "other")


def test_counters_of_batch_norm_may_be_missing_as_in_old_files(tmp_path: Path) -> None:
    old = {name: tensor for name, tensor in theirs().items() if "num_batches" not in name}
    record = make(save(old, tmp_path / "old.pth"), labels="rafdb").provenance
    assert len(record["kept"]) == 4
    assert all(name.endswith("num_batches_tracked") for name in record["kept"])


def test_our_own_file_goes_by_its_own_notes_even_if_a_map_would_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, NameMap("their names are ours", ("small",), labels=RAFDB))
    state = Net(16, 7, False).state_dict()
    notes = {METADATA_KEY: json.dumps({"labels": EMOTIONS})}
    save_file(state, tmp_path / "ours.safetensors", notes)
    assert make(tmp_path / "ours.safetensors").provenance["head"] == "loaded"
    save_file(state, tmp_path / "theirs.safetensors")
    assert "put into our order" in make(tmp_path / "theirs.safetensors").provenance["head"]


def test_a_part_under_our_own_names_is_taken_too(tmp_path: Path) -> None:
    trunk = {k: t for k, t in Net(16, 7, False).state_dict().items() if "trunk" in k or "cop" in k}
    assert make({"stream": save(trunk, tmp_path / "t.pth")}).provenance["counts"]["unused"] == 0


def refusal(weights: Any, *parts: str, **changes: Any) -> str:
    with pytest.raises(FerError) as caught:
        make(weights, **changes)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message
    return message


def test_missing_and_unexpected_tensors_are_named(tmp_path: Path) -> None:
    state = theirs(stranger=torch.zeros(1))
    del state["twin0.weight"], state["out.0.bias"]
    message = refusal(
        save(state, tmp_path / "odd.pth"),
        "cannot load odd.pth into small", "by the map 'the authors'",
        "2 missing (classifier.0.bias, copies.0.weight)", "1 unexpected (stranger)",
        "give the weights of this very net",
    )  # fmt: skip
    assert "looks like" not in message
    twice = theirs(**{"trunk.conv.weight": torch.zeros(4, 3, 3, 3)})
    refusal(save(twice, tmp_path / "twice.pth"), "1 unexpected (trunk.conv.weight)")


def test_the_weights_of_another_net_or_form_or_part_are_recognised(tmp_path: Path) -> None:
    linear = nn.Linear(3, 7).state_dict()
    path = save({f"last.{k}": v for k, v in linear.items()}, tmp_path / "a.pth")
    refusal(path, "; it looks like other (another project); give the weights of this very net")
    refusal(path, "it looks like other (another project)", backbone="test_resnet", size=48)
    bare = {name: tensor for name, tensor in theirs().items() if "twin" not in name}
    refusal(save(bare, tmp_path / "b.pth"), "it looks like small with deployed: true (the authors)")
    refusal(save(stream(), tmp_path / "c.pth"), "looks like weights: {stream: ...} of small (a fac")
    notes = {METADATA_KEY: json.dumps({"spec": {"backbone": "resnet50"}})}
    save_file(linear, tmp_path / "d.safetensors", notes)
    refusal(tmp_path / "d.safetensors", "it looks like resnet50;")
    notes = {METADATA_KEY: json.dumps({"labels": EMOTIONS, "spec": {"backbone": "small"}})}
    save_file(Net(16, 7, True).state_dict(), tmp_path / "e.safetensors", notes)
    refusal(tmp_path / "e.safetensors", "it looks like small with deployed: true (names of this")


def test_an_unknown_part_a_missing_file_and_no_part_are_refused(tmp_path: Path) -> None:
    path = save(stream(), tmp_path / "s.pth")
    refusal({"steam": path}, "unknown part of small 'steam'", "did you mean stream?")
    refusal({"trunk": path}, "cannot load s.pth into the trunk of small", "unexpected (people.weig")
    gone = {"stream": path, "table": tmp_path / "gone.pth"}
    refusal(gone, f"no weights file at {tmp_path / 'gone.pth'}")
    refusal({}, "weights names no part")
    refusal({"": path}, "cannot load s.pth into small")


def test_two_parts_that_fill_the_same_tensors_are_refused(tmp_path: Path) -> None:
    face = stream()
    bare = {name: face[name] for name in face if "people" not in name}
    paths = {"stream": save(face, tmp_path / "s.pth"), "trunk": save(bare, tmp_path / "t.pth")}
    refusal(paths, "filled by two files (trunk.bn.bias", "leave out one of them, such as trunk")


def test_a_file_that_fits_two_maps_is_refused_unless_labels_tell_them_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raf = replace(WHOLE, source="RAF-DB file", labels=RAFDB)
    use(monkeypatch, raf, replace(WHOLE, source="other file", labels=EMOTIONS))
    path = save(theirs(), tmp_path / "a.pth")
    refusal(path, "a.pth into small fits 2 maps: RAF-DB file; other file; give the vocabulary")
    assert make(path, labels="rafdb").provenance["map"] == "RAF-DB file"


def test_a_table_of_positions_for_another_input_size_is_refused_as_such(tmp_path: Path) -> None:
    path = save(theirs(), tmp_path / "a.pth")
    refusal(
        path, "1 of another shape (pos_embed (1, 14, 1) for (1, 22, 1))",
        "give the weights of this very net for this input size, because a table of positions",
        size=24, labels="rafdb",
    )  # fmt: skip
    refusal(path, "small takes images of 16 or 24 px, not 32", size=32)


def test_labels_that_do_not_fit_the_file_are_refused(tmp_path: Path) -> None:
    path = save(theirs(5), tmp_path / "a.pth")
    refusal(path, "the file has 5 outputs, which labels: rafdb cannot name", labels="rafdb")
    refusal({"stream": save(stream(), tmp_path / "s.pth")}, "no outputs to name", labels="rafdb")
