"""The same function as the authors' net, JDAI-CV/FaceX-Zoo at 16b793a.

golden/numbers.json holds what their net gave in float64 with the weights and images of
tests/models/filled.py.
"""

import json

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fer_core.models.dmue.maps import MAPS
from fer_core.models.weights.name_map import new_names, rename
from tests.models.dmue.nets import AUTHORS, GOLDEN, made
from tests.models.filled import filled, images

NUMBERS = json.loads((GOLDEN / "numbers.json").read_text())
LABELS = torch.tensor(NUMBERS["training"]["labels"])
TRAINING_MAP = MAPS[0]


def filled_net(seed: int = 0):
    net = made("dmue").double()
    net.load_state_dict(rename(filled(AUTHORS, seed), TRAINING_MAP))
    return net


def equal(ours: Tensor, theirs: object) -> bool:
    expected = torch.as_tensor(theirs, dtype=torch.float64)
    return torch.allclose(ours.detach(), expected, rtol=1e-8, atol=1e-8)


def agrees(ours: Tensor, summary: dict) -> bool:
    flat = ours.detach().flatten()
    return (
        list(ours.shape) == summary["shape"]
        and equal(flat[:5], summary["first"])
        and equal(flat[-3:], summary["last"])
        and equal(flat.mean(), summary["mean"])
        and equal(flat.std(), summary["std"])
    )


def test_the_target_branch_gives_the_authors_logits():
    with torch.inference_mode():
        logits = filled_net().eval()(images(16, 224)[:2])
    assert equal(logits, NUMBERS["evaluation"]["logits"][:2])


def test_a_training_step_gives_the_authors_outputs_losses_and_gradients():
    expected, net = NUMBERS["training"], filled_net().train()
    net.dropout.p = 0.0
    checked = {name: new_names([name], TRAINING_MAP)[name][0] for name in expected["grad_norms"]}
    net.requires_grad_(False)  # gradients that nobody looks at take half of the time
    for ours in checked.values():
        net.get_parameter(ours).requires_grad_()
    branches = net.branches(images(16, 224), LABELS)
    terms = net.terms(branches, LABELS, F.cross_entropy)
    terms.total(1.0, 1.0, net.gamma).backward()
    assert equal(branches.logits[:4], expected["target_logits"])
    for logits, summary in zip(branches.auxiliary_logits, expected["aux_logits"], strict=True):
        assert agrees(logits, summary)
    assert equal(branches.soft_labels[:4], expected["soft_labels"])
    assert equal(branches.confidence[:, 0], expected["alpha"])
    for ours, theirs in zip(terms, ("ce_target", "soft", "similarity", "aux"), strict=True):
        assert equal(ours, expected[theirs]), theirs
    for theirs, ours in checked.items():
        norm = float(net.get_parameter(ours).grad.norm())
        assert norm == pytest.approx(expected["grad_norms"][theirs], rel=1e-8), theirs
