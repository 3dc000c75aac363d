"""Files with the tensors of the authors' checkpoints, by name and shape, fill POSTER++, DAN, DMUE.

The lists of names and shapes are of the state dicts of Talented-Q/POSTER_V2 at 18de559, yaoing/DAN
at 3872eef and JDAI-CV/FaceX-Zoo at 16b793a. Every tensor of the files here holds one number.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
import torchvision

from fer_core.emotions import EMOTIONS, VOCABULARIES
from fer_core.errors import FerError
from fer_core.models import create, create_model
from fer_core.models.create import Model
from fer_core.models.entries import entries
from fer_core.models.weights.name_map import State
from fer_core.models.weights.recognise import _names, recognise, room_maps
from fer_core.study import ModelSpec

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
KEYS = {
    "posterpp": HERE / "posterpp" / "golden" / "posterpp.keys.csv",
    "dan": HERE / "dan" / "golden" / "keys.csv",
    "dmue": HERE / "dmue" / "golden" / "keys.csv",
}
# The classifier's tensors with one row for each class: theirs and ours.
OUTPUTS = {
    "posterpp": {"VIT.head.linear.weight": "head.linear.weight"},
    "dan": {
        "fc.weight": "classifier.linear.weight",
        "bn.running_mean": "classifier.norm.running_mean",
    },
    "dmue": {"classifiers.7.weight": "classifier.weight"},
}
UNUSED = {
    "posterpp": (
        r"(face_landback|ir_back)\.output_layer\..+|attn\d\.relative_position_index|"
        r"VIT\.(patch_embed|eca_block|CON1|IRLinear1|IRLinear2)\..+|VIT\.blocks\.\d\.conv\..+"
    ),
    "dan": "nothing",
    "dmue": "nothing",
}
KEPT = {"posterpp": [], "dan": ["centres"], "dmue": []}
PARTS = {"ir50": r"ir_back\.", "mobilefacenet": r"face_landback\."}


@pytest.fixture(autouse=True)
def no_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers that tell tensors apart are no weights that a net could calculate with."""
    monkeypatch.setattr(create, "_check_logits", lambda *_: None)


def their_file(net: str) -> State:
    """The authors' state dict: each tensor holds a number of its own, each row of a classifier
    too."""
    with KEYS[net].open() as file:
        rows = list(csv.DictReader(file))
    state = {}
    for place, row in enumerate(rows):
        shape = [] if row["shape"] == "scalar" else [int(n) for n in row["shape"].split("x")]
        whole = re.search(r"num_batches_tracked|relative_position_index", row["key"])
        number = torch.tensor(place) if whole else torch.tensor((place + 1) / 1e4)
        state[row["key"]] = number.expand(shape)
    for name in OUTPUTS[net]:
        state[name] = with_rows(state[name].shape)
    return state


def with_rows(shape: torch.Size) -> torch.Tensor:
    rows = torch.arange(1.0, shape[0] + 1) / 1e3
    return rows.reshape(-1, *[1] * (len(shape) - 1)).expand(shape).clone()


def load(net: str, file: State | dict[str, object], path: Path, **changes: object) -> Model:
    torch.save(file, path)
    size = entries()[net].sizes[0]
    given = {"backbone": net, "input_size": size, "weights": str(path), **changes}
    return create_model(ModelSpec.model_validate(given))


WRAPPINGS: dict[str, Callable[[State], dict[str, object]]] = {
    "posterpp": lambda state: {
        "epoch": 150, "state_dict": {f"module.{name}": state[name] for name in state},
        "best_acc": torch.tensor(92.0), "optimizer": {"state": {}, "param_groups": [{"lr": 1e-6}]},
    },
    "dan": lambda state: {
        "iter": 21, "model_state_dict": state,
        "optimizer_state_dict": {"state": {0: {"momentum_buffer": torch.zeros(2)}}},
    },
    "dmue": lambda state: {f"module.{name}": state[name] for name in state},
}  # fmt: skip


@pytest.mark.parametrize("net", KEYS)
def test_the_authors_checkpoint_fills_the_whole_net(net: str, tmp_path: Path) -> None:
    state = their_file(net)
    model = load(net, WRAPPINGS[net](state), tmp_path / "a.pth", labels="rafdb")
    own, record = model.net.state_dict(), model.provenance
    assert record["kept"] == KEPT[net]
    unused = [name for name in state if re.fullmatch(UNUSED[net], name)]
    assert record["unused"] == unused
    assert record["counts"] == {
        "taken": len(state) - len(unused), "unused": len(unused), "kept": len(KEPT[net])
    }  # fmt: skip
    theirs = list(VOCABULARIES["rafdb"].values())
    rows = [theirs.index(emotion) for emotion in EMOTIONS]
    for name, ours in OUTPUTS[net].items():
        assert torch.equal(own[ours], state[name][rows])


@pytest.mark.parametrize("net", KEYS)
def test_each_of_their_tensors_arrives_once(net: str, tmp_path: Path) -> None:
    state = their_file(net)
    in_our_order = "seed002"  # so that nothing changes places
    own = load(net, state, tmp_path / "a.pth", labels=in_our_order).net.state_dict()
    unused = {name for name in state if re.fullmatch(UNUSED[net], name)}
    floats = [t for name, t in state.items() if name not in unused | OUTPUTS[net].keys()]
    sent = sorted(float(t.flatten()[0]) for t in floats)
    arrived = {
        k: t for k, t in own.items() if k not in KEPT[net] and k not in OUTPUTS[net].values()
    }
    assert sorted(float(t.flatten()[0]) for t in arrived.values()) == sent
    assert all(bool((t == t.flatten()[0]).all()) for t in arrived.values())


def test_posterpps_two_starting_files_fill_its_streams(tmp_path: Path) -> None:
    whole = their_file("posterpp")
    weights = {}
    for part, prefix in PARTS.items():
        state = {re.sub(f"^{prefix}", "", k): t for k, t in whole.items() if re.match(prefix, k)}
        weights[part] = str(tmp_path / f"{part}.pth")
        torch.save({"state_dict": state}, weights[part])
    record = load("posterpp", {}, tmp_path / "none", weights=weights).provenance
    assert record["sha256"].keys() == record["map"].keys() == PARTS.keys()
    assert all(
        name.startswith("output_layer.") for part in PARTS for name in record["unused"][part]
    )
    assert {name.split(".")[0] for name in record["kept"]} == {"scales", "landmark_conv", "head"}
    with pytest.raises(FerError, match=r"looks like weights: \{ir50: ...\} of posterpp"):
        load("posterpp", {}, tmp_path / "none", weights=weights["ir50"])


def test_dans_checkpoint_of_eight_classes_loses_contempt_and_says_so(tmp_path: Path) -> None:
    state = their_file("dan")
    for name in [name for name in state if re.match(r"(fc|bn)\.", name) and state[name].ndim]:
        state[name] = with_rows(torch.Size([8, *state[name].shape[1:]]))
    model = load("dan", state, tmp_path / "a.pth", labels="affectnet")
    assert model.provenance["head"].endswith("put into our order; contempt left out")
    assert (model.net.state_dict()["classifier.norm.weight"] * 1e3).round().tolist() == [
        7, 6, 5, 2, 1, 3, 4
    ]  # fmt: skip
    record = load("dan", state, tmp_path / "b.pth").provenance
    assert record["head"].startswith("random: the file's classifier has 8 classes")
    assert len(record["kept"]) == 1 + 7
    with pytest.raises(FerError, match="8 outputs, which labels: rafdb cannot name"):
        load("dan", state, tmp_path / "c.pth", labels="rafdb")


def test_dmues_deployed_net_takes_the_target_branch_of_a_training_file(tmp_path: Path) -> None:
    state = their_file("dmue")
    model = load("dmue", state, tmp_path / "a.pth", labels="rafdb", options={"deployed": True})
    own, record = model.net.state_dict(), model.provenance
    assert torch.equal(own["layer4.0.conv1.weight"], state["base.layer4_7.0.conv1.weight"])
    left = r"base\.layer4_[0-6]\..+|classifiers\.[0-6]\..+|project_w\..+"
    assert record["unused"] == [name for name in state if re.fullmatch(left, name)]
    assert record["kept"] == []


def test_dmues_training_file_without_labels_gives_only_what_no_order_touches(
    tmp_path: Path,
) -> None:
    record = load("dmue", their_file("dmue"), tmp_path / "a.pth").provenance
    assert record["head"].startswith("random")
    tied = re.compile(r"(auxiliary|auxiliary_classifiers|classifier|uncertainty)\..+")
    assert all(tied.fullmatch(name) for name in record["kept"])
    assert "auxiliary_classifiers.0.weight" in record["kept"]


@pytest.mark.parametrize("net", KEYS)
def test_the_file_of_one_method_is_recognised_in_another(net: str, tmp_path: Path) -> None:
    other = {"posterpp": "dan", "dan": "dmue", "dmue": "posterpp"}[net]
    with pytest.raises(FerError, match=rf"cannot load a.pth into {other}: .* looks like {net} \("):
        load(other, their_file(net), tmp_path / "a.pth")


def test_every_net_of_ours_says_which_tensors_are_its_outputs() -> None:
    for name in entries():
        with torch.device("meta"):
            entry = entries()[name]
            assert entry.build is not None
            state = entry.build(entry.sizes[0], 7, **entry.options).state_dict()
        rows = [k for k, t in state.items() if k.startswith(tuple(entry.classifier)) and t.ndim]
        assert rows, name
        assert all(len(state[key]) == 7 for key in rows), name


# What the libraries call the tensors behind their trunks, with 1,000 classes.
LIBRARY_HEADS = {
    "vgg16": {"pre_logits", "head"},
    "vgg19": {"pre_logits", "head"},
    "tv vgg16": {"classifier"},
    "tv vgg19": {"classifier"},
    "repvgg_a0": {"head"},
    "resnet18": {"fc"},
    "resnet50": {"fc"},
    "tv resnet50": {"fc"},
    "inception_v3": {"AuxLogits", "fc"},
    "legacy_xception": {"fc"},
    "tv convnext_tiny-983f1562": {"classifier"},
}


def library_names(file: str) -> set[str]:
    name = file.removeprefix("tv ").split("-")[0]
    with torch.device("meta"):
        if file.startswith("tv "):
            return set(torchvision.models.get_model(name, weights=None).state_dict())
        aux = {"aux_logits": True} if name == "inception_v3" else {}
        return set(timm.create_model(name, **aux).state_dict())


def test_the_files_of_the_libraries_fit_every_trunk_without_their_classifiers() -> None:
    tried = set()
    for name, entry in entries().items():
        stem = entry.trunk[1] if entry.trunk else ""
        for file in {stem, f"tv {stem}"} & {*LIBRARY_HEADS, *timm.list_models()}:
            tried.add(file)
            fit = recognise(
                entry, _names(entry), library_names(file), "trunk",
                notes={}, labels=None, what=f"{file} into {name}",
            )  # fmt: skip
            heads = LIBRARY_HEADS.get(file, {"classifier"})
            assert {theirs.split(".")[0] for theirs in fit.unused} == heads, file
    assert tried >= LIBRARY_HEADS.keys()


def test_every_map_names_nets_that_there_are_and_labels_that_can_be_ours() -> None:
    for name_map in room_maps():
        assert set(name_map.nets) <= entries().keys()
        assert name_map.labels is None or set(EMOTIONS) <= set(name_map.labels)


@pytest.mark.parametrize("net", KEYS)
def test_a_file_under_our_own_names_is_not_taken_for_the_authors(net: str) -> None:
    entry = entries()[net]
    own = _names(entry)
    fit = recognise(entry, own, own, "", notes={}, labels=None, what="a.pth")
    assert fit.name_map.source == "names of this project"
