"""Partial fine-tuning: the head and a part of the trunk learn, each at a rate of its own."""

from fer_core.training.phases import Phases
from tests.recipes import changed
from tests.training.small import BUSY, tiny_model


def test_what_learns_besides_the_head_has_the_rate_of_the_trunk_where_there_are_two() -> None:
    model = tiny_model()
    lr = {"trunk": 1e-5, "head": 1e-3}
    partial = {"epochs": 1, "train": "head", "also": ["3", "4"], "lr": lr}
    recipe = changed(BUSY, phases=[partial])
    run = Phases(model.net, recipe, model.head)
    optimizer = run.begin(0)
    rated = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, parameter in model.net.named_parameters():
        part = "head" if name.startswith("8.") else "trunk"
        frozen = name.startswith(("0.", "1."))
        assert rated.get(id(parameter)) == (None if frozen else lr[part]), name
    assert set(run.parts_of(0, optimizer)) == {"trunk", "head"}
    assert "rate up to 1e-05 (trunk) and 0.001 (head)" in recipe.tell()["phase 1"]
