import re

import pytest
import torch
import torch.nn.functional as F

from fer_core.models.dmue.maps import MAPS, relabel
from fer_core.models.weights.name_map import matches, rename
from tests.models.dmue.nets import AUTHORS, made

TRAINING, TARGET, TARGET_OF_8, DEPLOYED, MS_CELEB, RESNET = MAPS
ORDER = [3, 0, 6, 1, 5, 2, 4]


def shapes(net):
    return {name: tuple(value.shape) for name, value in net.state_dict().items()}


def empty(names_and_shapes):
    return {name: torch.empty(shape, device="meta") for name, shape in names_and_shapes.items()}


def renamed(theirs, name_map):
    return {name: tuple(value.shape) for name, value in rename(empty(theirs), name_map).items()}


def on_meta(name="dmue", **options):
    with torch.device("meta"):
        return made(name, **options)


def of_classes(classes):
    """The authors' names in a training net of so many classes, from those of seven."""
    shapes = {}
    for name, shape in AUTHORS.items():
        match = re.fullmatch(r"(base\.layer4_|classifiers\.)(\d)(\..*)", name)
        if match is None:
            shapes[name] = shape
        elif match[2] == "0":
            for c in range(classes + 1):
                rows = (classes - (c < classes), *shape[1:])
                linear = match[1] == "classifiers."
                shapes[f"{match[1]}{c}{match[3]}"] = rows if linear else shape
    return shapes


def converted(classes):
    """What the authors' convert_weights.py leaves of it."""
    left = {}
    for name, shape in of_classes(classes).items():
        new = name.replace(f"layer4_{classes}.", "layer4.")
        new = new.replace(f"classifiers.{classes}.", "classifiers.0.")
        if new != name or not name.startswith(("base.layer4_", "classifiers.", "project_w.")):
            left[new] = shape
    return left


def test_the_authors_training_names_become_ours_each_with_its_shape():
    assert of_classes(7) == AUTHORS
    assert renamed(AUTHORS, TRAINING) == shapes(on_meta())


def test_the_target_branch_of_a_training_file_becomes_the_deployed_net():
    ours = shapes(on_meta(deployed=True))
    assert renamed(AUTHORS, TARGET) == ours
    assert renamed(of_classes(8), TARGET_OF_8) == ours | {"classifier.weight": (8, 512)}
    assert len(TARGET_OF_8.labels) == 8


def test_a_converted_file_becomes_the_deployed_net():
    assert renamed(converted(7), DEPLOYED) == shapes(on_meta(deployed=True))
    assert renamed(converted(8), DEPLOYED)["classifier.weight"] == (8, 512)


@pytest.mark.parametrize(("name", "blocks"), [("dmue", "conv2"), ("dmue-r50ibn", "conv3")])
@pytest.mark.parametrize(
    ("name_map", "prefix", "more"),
    [
        (MS_CELEB, "feat_net.", ("loss_layer.weight", "feat_net.fc.weight", "fc.bias")),
        (RESNET, "", ("fc.weight", "fc.bias")),
    ],
)
def test_a_resnets_fourth_stage_starts_every_branch(name, blocks, name_map, prefix, more):
    net = on_meta(name)
    parts = {k.removeprefix("trunk."): v for k, v in net.state_dict().items()}
    theirs = {
        prefix + k: torch.empty_like(v)
        for k, v in parts.items()
        if k.startswith(("conv1.", "bn1.", "layer"))
    }
    state = rename(theirs | {k: torch.empty(2, device="meta") for k in more}, name_map)
    left = set(net.state_dict()) - set(state)
    assert set(state) <= set(net.state_dict())
    assert left
    assert all(matches(k, name_map.kept) for k in left)
    assert not any(matches(k, name_map.kept) for k in state)
    last = f"{prefix}layer4.1.{blocks}.weight"
    copies = [k for k, v in state.items() if v is theirs[last]]
    assert copies == [f"layer4.1.{blocks}.weight"] + [
        f"auxiliary.{c}.1.{blocks}.weight" for c in range(7)
    ]


def test_a_relabelled_net_has_the_same_loss_on_relabelled_images():
    theirs = made(seed=1).double().train()
    theirs.dropout.p = 0.0
    with torch.no_grad():
        for name, p in theirs.named_parameters():
            if not name.startswith("trunk.") and p.ndim > 1:
                p.add_(0.1 * torch.randn_like(p))
    ours = made().double().train()
    ours.dropout.p = 0.0
    ours.load_state_dict(relabel(theirs.state_dict(), ORDER))
    y = torch.arange(7).repeat(2)  # in our order
    x = torch.randn(14, 3, 48, 48, dtype=torch.float64)
    with torch.no_grad():
        loss, logits = theirs.training_loss(x, torch.tensor(ORDER)[y], F.cross_entropy, 3)
        same, relabelled = ours.training_loss(x, y, F.cross_entropy, 3)
        straight, _ = made().double().training_loss(x, y, F.cross_entropy, 3)
    assert float(same) == pytest.approx(float(loss), rel=1e-9)
    assert float(same) != pytest.approx(float(straight), rel=1e-3)
    assert torch.allclose(relabelled, logits[:, ORDER], rtol=0, atol=1e-9)


def test_relabelling_a_deployed_net_moves_the_rows_of_its_classifier_alone():
    state = made(deployed=True).state_dict()
    new = relabel(state, ORDER)
    assert torch.equal(new.pop("classifier.weight"), state["classifier.weight"][ORDER])
    assert all(new[name] is state[name] for name in state if name != "classifier.weight")
