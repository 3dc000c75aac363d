"""Phases: what is frozen keeps its bits, what learns has its rate, and each phase begins anew."""

import math
from types import SimpleNamespace

import pytest
import torch

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.recipe import Machine
from fer_core.training import loop
from fer_core.training.checkpoint import read_checkpoint
from fer_core.training.phases import Phases, require_sides
from tests.recipes import changed, recipe, without_parts
from tests.training.small import BUSY, PHASED, SIDE, pooled_model, same_bits, tiny_model, train

GOLDEN = [1.79625, 1.422725, 1.043086, 0.879708]  # validation losses of BUSY, seed 3


def phases(*given, **values):
    return changed(BUSY, phases=list(given), **values)


def tensors(model):
    return {name: value.clone() for name, value in model.net.state_dict().items()}


@pytest.mark.parametrize(("part", "frozen"), [("head", "trunk"), ("trunk", "head")])
def test_the_frozen_part_keeps_every_bit_and_the_other_learns(tmp_path, part, frozen):
    model = tiny_model()
    before = tensors(model)
    train(tmp_path, phases({"epochs": 1, "train": part}), model=model)
    same = {name for name, value in tensors(model).items() if torch.equal(value, before[name])}
    head = {"8.weight", "8.bias"}
    assert same == {"trunk": set(before) - head, "head": head}[frozen]


def test_a_frozen_trunk_calculates_as_in_validation_and_dropout_goes_on():
    net = tiny_model().net
    run = Phases(net, phases({"epochs": 1, "train": "head"}, {"epochs": 1}), ("8.",))
    run.begin(0)
    run.train()
    assert [module.training for module in net] == [
        False, False, True, False, False, True, True, True, True,
    ]  # fmt: skip
    run.begin(1)
    run.train()
    assert all(module.training for module in net)


def test_all_learn_again_when_a_phase_ends_and_after_a_failure(tmp_path):
    model = tiny_model()
    train(tmp_path / "a", phases({"epochs": 1, "train": "head"}), model=model)
    assert all(parameter.requires_grad for parameter in model.net.parameters())

    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "b", phases({"epochs": 1, "train": "head"}), model=model, say=stop)
    assert all(parameter.requires_grad for parameter in model.net.parameters())
    with pytest.raises(FerError, match="belongs to another run"):
        train(tmp_path / "a", phases({"epochs": 2, "train": "head"}), model=model)
    assert all(parameter.requires_grad for parameter in model.net.parameters())


def test_two_equal_rates_are_one(tmp_path):
    plain, _ = train(tmp_path / "plain", phases({"epochs": 2, "lr": 0.003}))
    both, _ = train(tmp_path / "both", phases({"epochs": 2, "lr": {"trunk": 0.003, "head": 0.003}}))
    assert same_bits(plain, both)


def test_each_part_learns_at_its_own_rate(tmp_path):
    """A first AdamW step moves a weight by its rate: that of the trunk is a thousandth here."""
    model = tiny_model()
    before = tensors(model)
    rates = {"trunk": 1e-6, "head": 1e-3}
    train(
        tmp_path,
        recipe(
            phases=[{"epochs": 1, "lr": rates}], batch_size=140, schedule="constant", weight_decay=0
        ),
        model=model,
    )
    moved = {n: float((v - before[n]).abs().max()) for n, v in tensors(model).items()}
    assert moved["8.weight"] == pytest.approx(1e-3, rel=0.01)
    assert moved["0.weight"] == pytest.approx(1e-6, rel=0.1)


def test_each_phase_begins_its_schedule_anew_at_its_own_rate(tmp_path):
    given = ({"epochs": 1, "train": "head"}, {"epochs": 2, "lr": {"trunk": 3e-4, "head": 3e-2}})
    _, history = train(tmp_path, phases(*given, warmup_epochs=0))
    assert history.column("epoch") == [1, 2, 3]

    def last(peak, epochs, step):  # of eight an epoch
        return peak * (1 + math.cos(math.pi * step / (8 * epochs))) / 2

    assert history.column("lr") == pytest.approx(
        [last(3e-3, 1, 7), last(3e-2, 2, 7), last(3e-2, 2, 15)]
    )


def test_epochs_without_improvement_end_a_phase_and_the_next_one_begins(tmp_path, monkeypatch):
    scores = iter([0.5, 0.4, 0.3, 0.2, 0.6, 0.1, 0.1])

    def validate(*_):
        value = next(scores)
        return {"loss": 1 - value, "accuracy": value, "macro_f1": value, "seconds": 0.0}

    monkeypatch.setattr(loop, "validate", validate)
    given = ({"epochs": 5, "train": "head"}, {"epochs": 5})
    _, history = train(tmp_path, phases(*given, early_stopping=2))
    # The first phase ends after three epochs; the second has two of its own to improve, and does.
    assert (len(history.rows), history.best) == (7, 4)


@pytest.mark.parametrize(
    ("phase", "head", "part"),
    [
        ({"epochs": 1, "train": "head"}, (), "head"),
        ({"epochs": 1, "lr": {"trunk": 0.1, "head": 0.2}}, (), "head"),
        ({"epochs": 1, "train": "trunk"}, ("0.", "1.", "3.", "4.", "8."), "trunk"),
    ],
)
def test_a_net_without_the_part_that_is_to_learn_is_refused_in_one_line(
    tmp_path, phase, head, part
):
    model = tiny_model()
    model.head = head
    with pytest.raises(FerError, match=f"no tensor of this net's {part} learns"):
        train(tmp_path, phases(phase), model=model)


def test_a_net_that_knows_no_parts_learns_as_a_whole(tmp_path):
    model = tiny_model()
    model.head = ()
    train(tmp_path, phases({"epochs": 1}), model=model)


def test_a_checkpoint_of_before_phases_goes_on_to_the_same_bits(tmp_path):
    """Its identity held every value of the recipe, without parts."""
    whole, _ = train(tmp_path / "whole")

    def stop_after_two(line):
        if line.startswith("epoch   2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "old", say=stop_after_two)
    path = tmp_path / "old" / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    content["identity"]["recipe"] = without_parts(BUSY, Machine()) | {"flip_test": True}
    del content["identity"]["machine"], content["phase"], content["first"]
    torch.save(content, path)
    resumed, history = train(tmp_path / "old")
    assert len(history.rows) == BUSY.epochs
    assert same_bits(whole, resumed)


def test_a_checkpoint_names_only_what_differs_from_the_defaults(tmp_path):
    train(tmp_path, PHASED)
    identity = read_checkpoint(tmp_path / "checkpoint.pt")["identity"]
    assert identity["recipe"]["phases"] == [
        {"epochs": 1, "train": "head"}, {"epochs": 2, "lr": {"trunk": 3e-4, "head": 3e-3}},
    ]  # fmt: skip
    assert identity["recipe"]["optimizer"] == {"lr": 0.003}
    assert identity["machine"] == {}


def test_a_checkpoint_of_a_recipe_that_this_version_lacks_is_one_clear_line(tmp_path):
    train(tmp_path, PHASED)
    path = tmp_path / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    content["identity"]["recipe"] = {"sam": {"rho": 0.05}}
    del content["identity"]["machine"]
    torch.save(content, path)
    with pytest.raises(FerError, match="settings that this version lacks; delete it"):
        train(tmp_path, PHASED)


def test_a_seeded_run_gives_the_numbers_that_it_always_gave(tmp_path):
    """Measured when recipes had no parts; to four digits, because processors round differently."""
    _, history = train(tmp_path, seed=3, model=tiny_model(0))
    assert history.column("val_loss") == pytest.approx(GOLDEN, rel=1e-4)


def test_a_phase_trains_at_its_own_side_and_is_validated_at_that_of_the_input(tmp_path):
    model = pooled_model()
    seen = []
    model.net.register_forward_pre_hook(lambda net, x: seen.append((net.training, x[0].shape[-1])))
    train(tmp_path, phases({"epochs": 1, "side": 24}, {"epochs": 1}), model=model)
    steps = [(True, 24)] * 8 + [(True, SIDE)] * 8
    assert [one for one in seen if one[0]] == steps
    assert {side for training, side in seen if not training} == {SIDE}


def test_a_phase_of_the_input_s_own_side_is_one_without_a_side(tmp_path):
    plain, _ = train(tmp_path / "plain", phases({"epochs": 2}))
    sized, _ = train(tmp_path / "sized", phases({"epochs": 2, "side": SIDE}))
    assert same_bits(plain, sized)


def test_a_run_stopped_in_phases_of_other_sides_ends_with_the_same_bits(tmp_path):
    sized = phases({"epochs": 1, "side": 24}, {"epochs": 2})
    whole, _ = train(tmp_path / "whole", sized, model=pooled_model())

    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "killed", sized, model=pooled_model(), say=stop)
    resumed, _ = train(tmp_path / "killed", sized, model=pooled_model())
    assert same_bits(whole, resumed)


def test_a_net_that_takes_one_side_only_trains_at_no_other():
    fixed, sized = tiny_model(), phases({"epochs": 1, "side": 24}, {"epochs": 1, "side": SIDE})
    fixed.classes = EMOTIONS
    whole = SimpleNamespace(name="blobs", framing={})
    with pytest.raises(FerError, match=r"^tiny has a fixed input of 16 px, so no phase can train"):
        require_sides(fixed, sized, "tiny", whole)
    require_sides(pooled_model(), sized, "pooled", whole)
    require_sides(fixed, phases({"epochs": 1, "side": SIDE}), "tiny", whole)


def test_a_phase_says_its_side():
    sized = phases({"epochs": 1, "side": 24}, {"epochs": 2})
    told = sized.tell()
    assert told["phase 1"].endswith(", images of 24 px")
    assert "px" not in told["phase 2"]


@pytest.mark.parametrize("beginning", ["3", "3."])
def test_what_learns_besides_the_head_learns_at_the_one_rate_and_the_rest_keeps_every_bit(
    tmp_path, beginning
):
    model = tiny_model()
    before = tensors(model)
    recipe = phases({"epochs": 1, "train": "head", "also": [beginning, "4.bias"]})
    run = Phases(model.net, recipe, model.head)
    run.begin(0)
    run.train()
    assert [m.training for m in model.net][:5] == [False, False, True, True, True]
    train(tmp_path, recipe, model=model)
    same = {name for name, value in tensors(model).items() if torch.equal(value, before[name])}
    trunk = {name for name in before if name.startswith(("0.", "1."))}
    assert same == trunk | {"4.weight"}


def test_a_beginning_ends_with_a_word():
    net = tiny_model().net
    with pytest.raises(FerError, match=r"unknown beginning .* '0.w'; .* valid: 0, 1, 3, 4$"):
        Phases(net, phases({"epochs": 1, "train": "head", "also": ["0.w"]}), ("8.",))


@pytest.mark.parametrize("name", ["layer5", "8", ""])
def test_a_beginning_of_no_name_in_the_trunk_is_refused_with_those_that_exist(tmp_path, name):
    recipe = phases({"epochs": 1}, {"epochs": 1, "train": "head", "also": ["3", name]})
    with pytest.raises(FerError, match=f"unknown beginning of names .* '{name}'; .*0, 1, 3, 4$"):
        train(tmp_path, recipe)
    assert not any(tmp_path.iterdir())


def test_a_phase_says_what_learns_besides_the_head():
    told = phases({"epochs": 1, "train": "head", "also": ["layer3", "layer4"]}).tell()
    assert told["phase 1"].startswith("1 epoch, head and layer3 and layer4, rate up to 0.003")


def test_trunk_and_head_follow_their_tables_in_every_phase(tmp_path, monkeypatch):
    table = {"name": "table", "trunk": [(1, 1e-5), (2, 1e-4)], "head": [(1, 1e-3), (2, 1e-2)]}
    recipe = phases({"epochs": 2}, {"epochs": 2, "train": "head"}, schedule=table)
    rates = []
    original = loop.set_rates

    def see(optimizer, given):
        original(optimizer, given)
        rates.append({p.numel(): g["lr"] for g in optimizer.param_groups for p in g["params"]})

    monkeypatch.setattr(loop, "set_rates", see)
    model, history = train(tmp_path, recipe)
    first, head = model.net[0].weight.numel(), model.net[8].weight.numel()
    assert [(of.get(first), of[head]) for of in rates[::8]] == [
        (1e-5, 1e-3), (1e-4, 1e-2), (None, 1e-3), (None, 1e-2),
    ]  # fmt: skip
    assert history.column("lr") == [1e-3, 1e-2, 1e-3, 1e-2]
    assert recipe.tell()["phase 1"].endswith("rate up to 0.0001 (trunk) and 0.01 (head)")
