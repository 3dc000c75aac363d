"""Trunk and head; tests/models/test_every_net.py walks the nets of ours."""

import pytest
import timm
import torch

from fer_core.models import create_model
from fer_core.models.parts import head_of, of_part
from fer_core.study import ModelSpec

THEIRS = ("resnet10t", "convnext_atto", "deit_tiny_distilled_patch16_224", "mobilenetv3_small_050")


@pytest.mark.parametrize("name", THEIRS)
def test_the_head_of_a_timm_net_is_what_has_a_row_for_each_emotion(name):
    with torch.device("meta"):
        net = timm.create_model(name, num_classes=7)
    state = net.state_dict()
    assert set(of_part(state, "head", head_of(net))) == {
        tensor for tensor, value in state.items() if value.shape[:1] == (7,)
    }


def test_a_name_that_only_begins_like_the_heads_is_not_in_it():
    assert of_part(["fc.weight", "fc2.weight", "fc"], "head", ("fc.",)) == ["fc.weight", "fc"]


def test_a_model_brings_its_head_along():
    assert create_model(ModelSpec(backbone="test_resnet", input_size=32)).head == ("fc.",)
