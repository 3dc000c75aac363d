"""The catalogue: counted from the nets, timed on request, listed by `fer models`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fer_core.analysis.catalogue import COLUMNS, read_catalogue
from fer_core.cli import main
from fer_core.models import catalogue as module
from fer_core.models import entries as registry
from fer_core.models.catalogue import Row, count, count_macs, make_row, measure
from fer_core.models.entries import Entry, register

ROOT = Path(__file__).resolve().parents[2]


class Tiny(nn.Module):
    """A convolution and two branches, of which one only helps in training."""

    images_per_class = 2
    unoptimised = ("left_out.",)

    def __init__(self, size: int, classes: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.frozen = nn.Parameter(torch.zeros(5), requires_grad=False)
        self.left_out = nn.Linear(width, classes)
        self.head = nn.Linear(width * size * size, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.first(x).flatten(1))

    def deployed(self) -> nn.Module:
        return nn.Sequential(self.first, nn.Flatten(), self.head)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A registered net of 8 or 16 px."""
    registry.entries()
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))
    entry = Entry(
        "tiny-net", "test", "A tiny net", "drawn here", (8, 16), {"width": 4}, {"width": 5}
    )
    register(entry)(Tiny)
    return registry.entries()["tiny-net"]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The whole catalogue."""
    return [make_row(entry, size) for entry in registry.entries().values() for size in entry.sizes]


@pytest.fixture
def alone(tiny: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny net is the only one there is."""
    monkeypatch.setattr(registry, "ROOMS", ())
    monkeypatch.setattr(registry, "_ENTRIES", {tiny.name: tiny})


@pytest.fixture
def fer(
    capsys: pytest.CaptureFixture[str], tiny: Entry, results_home: Path
) -> Callable[..., tuple[str, str]]:
    """Run `fer models` in this process; return its output and what it says on the side."""

    def call(*arguments: str) -> tuple[str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["models", *arguments])
        out, err = capsys.readouterr()
        assert not stop.value.code, err
        return out, err

    return call


def test_a_net_is_counted_as_by_hand(tiny: Entry) -> None:
    first, left, head = 3 * 4 * 9 + 4, 4 * 7 + 7, 4 * 64 * 7 + 7
    assert count(tiny, 8) == {
        "parameters": first + head,
        "training_parameters": first + head + left + 5,
        "trained": first + head,
        "macs": 64 * 4 * 27 + 4 * 64 * 7,
    }
    assert count(tiny, 8, classes=8)["parameters"] == first + head + 4 * 64 + 1
    assert count(tiny, 8, width=5)["parameters"] == 3 * 5 * 9 + 5 + 5 * 64 * 7 + 7


def test_a_net_that_looks_at_its_numbers_is_counted_all_the_same(tiny: Entry) -> None:
    def build(size: int, classes: int, width: int) -> nn.Module:
        net = Tiny(size, classes, width)
        assert float(net.head.weight.abs().sum()) > 0  # a tensor without numbers refuses this
        return net

    curious = Entry("curious", "test", "", "", (8,), {"width": 4}, build=build)
    assert count(curious, 8) == count(tiny, 8)


def test_attention_is_counted_also_where_evaluation_takes_a_short_cut() -> None:
    class Attentive(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = nn.TransformerEncoderLayer(12, 2, 24, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.block(x.flatten(2).transpose(1, 2).repeat(1, 1, 4))

    tokens, width = 16, 12
    expected = tokens * width * (3 * width + width + 2 * 24) + 2 * tokens**2 * width
    assert count_macs(Attentive(), 4) == expected


def test_counting_leaves_the_random_numbers_alone(tiny: Entry) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    count(tiny, 8)
    assert torch.equal(torch.rand(1), expected)


def test_there_is_a_row_for_every_net_and_size(tiny: Entry, rows: list[Row]) -> None:
    listed = {(row.model, row.size) for row in rows}
    known = {(e.name, size) for e in registry.entries().values() for size in e.sizes}
    assert listed == known - {("tiny-net", 8), ("tiny-net", 16)}
    row = make_row(tiny, 16)
    assert (json.loads(row.options), json.loads(row.corrected)) == ({"width": 4}, {"width": 5})


def test_a_net_says_what_it_can_start_from(rows: list[Row]) -> None:
    starts = {row.model: row.weights.split("; ") for row in rows}
    assert all(weights[0] == "none" for weights in starts.values())
    assert starts["lenet5"] == ["none"]
    assert starts["vgg16-head"][1] == "imagenet (hub timm/vgg16.tv_in1k: model.safetensors)"
    for name in ("posterpp", "dan", "dmue"):
        assert any("" != weight != "none" for weight in starts[name][1:])


def test_a_measured_net_says_with_how_many_images(tiny: Entry) -> None:
    speed = measure(tiny, 8)
    assert speed.batch == module.BATCH
    assert speed.training_batch == 14  # two of each emotion
    assert min(speed.images_per_second, speed.training_images_per_second) > 0


def test_a_slow_net_is_timed_once_with_the_smallest_batch(
    tiny: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    speed = measure(tiny, 8)
    assert (speed.batch, speed.training_batch) == (1, 14)


def test_our_nets_are_listed_with_their_counts(
    fer: Callable[..., tuple[str, str]], alone: None
) -> None:
    rows = json.loads(fer("--json")[0])
    assert [(row["model"], row["size"]) for row in rows] == [("tiny-net", 8), ("tiny-net", 16)]
    assert rows[0]["parameters"] == 1911
    assert rows[0]["images_per_second"] is None
    out = fer()[0]
    assert "1,911" in out
    assert "images/s" not in out


def test_a_pattern_also_finds_timms_nets(fer: Callable[..., tuple[str, str]]) -> None:
    rows = json.loads(fer("ti*y*", "--json")[0])
    assert [row["model"] for row in rows][:2] == ["tiny-net", "tiny-net"]
    assert {row["family"] for row in rows[2:]} == {None}
    assert "tinynet_a" in {row["model"] for row in rows}
    assert set(json.loads(fer("tinynet_*", "--json")[0])[0]) == {"model", "imagenet"}


def test_what_was_measured_is_kept_and_listed_but_not_for_a_part(
    fer: Callable[..., tuple[str, str]], results_home: Path, alone: None
) -> None:
    assert "images/s" in fer("tiny-net", "--measure", "--threads", "1")[0]
    assert not results_home.exists()
    said = fer("--measure", "--threads", "1")[1]
    assert "1 threads" in said
    assert "2/2 tiny-net at 16 px" in said
    found = read_catalogue()
    assert found is not None
    table, machine = found
    assert tuple(table.columns) == COLUMNS
    assert machine["threads"] == 1
    assert {"cpu", "date", "commit", "versions"} <= machine.keys()
    [row, _] = json.loads(fer("tiny*", "--json")[0])[:2]
    assert row["images_per_second"] == pytest.approx(table["images_per_second"][0])
    assert "images/s" in fer("tiny-net")[0]


def test_only_nets_of_ours_are_measured(
    capsys: pytest.CaptureFixture[str], results_home: Path
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["models", "resnet18", "--measure"])
    assert stop.value.code == 2
    assert "only nets of this project are measured" in capsys.readouterr().err


def test_the_committed_catalogue_has_todays_counts(
    monkeypatch: pytest.MonkeyPatch, rows: list[Row]
) -> None:
    monkeypatch.setenv("FER_RESULTS", str(ROOT / "results"))
    found = read_catalogue()
    assert found is not None, "the catalogue is committed; `fer models --measure` writes it"
    counted = ["model", "size", "parameters", "training_parameters", "trained", "macs"]
    kept = [tuple(row) for row in found[0][counted].itertuples(index=False)]
    assert kept == [tuple(getattr(row, name) for name in counted) for row in rows]
