"""What a run is fed: recorded, and refused where a larger store would show more."""

from pathlib import Path

import pytest
import torch

from fer_core import job as run
from fer_core.data.prepare.add import add_dataset
from fer_core.data.screen import Screening
from fer_core.errors import FerError
from fer_core.predict import again
from fer_core.study import ModelSpec, Study
from tests.data.made import png, write_folder
from tests.recipes import recipe
from tests.training.runs import WORDS, faces, finish

SIDE = 24  # of the pictures


@pytest.fixture
def sources(tmp_path: Path, data_home: Path, results_home: Path) -> Path:
    for name, first in (("home", 0), ("away", 5000)):
        write_folder(tmp_path / name, faces(WORDS[:7], first))
    return tmp_path


def add(sources: Path, name: str, size: int) -> None:
    screening = Screening(tiny=SIDE - 1)
    folder = sources / name
    add_dataset("folder", folder, name, size, progress=False, screening=screening)


def study(upsample: tuple[str, ...] = (), **changes: object) -> Study:
    facts = {
        "name": "mini", "title": "Mini", "train": ("home",), "test": ("home", "away"),
        "leaks": {"home": "keep"}, "recipe": recipe(epochs=1, batch_size=16), "upsample": upsample,
        "models": {"small": ModelSpec(backbone="test_resnet", input_size=32, stem="keep")},
    }  # fmt: skip
    return Study(**{**facts, **changes})


def test_a_store_as_large_as_its_images_may_be_enlarged_and_the_record_says_so(sources):
    add(sources, "home", SIDE)
    add(sources, "away", 32)
    _, record = finish(study(), "home")
    assert record.data["home"]["enlarged"] == "source no larger"
    assert record.data["away"]["enlarged"] == "no"
    told = record.data["home"]["framing"]
    assert told["how"] == "as distributed"
    assert (told["store"], told["source"]) == (SIDE, {"median": SIDE, "largest": SIDE})


@pytest.mark.parametrize("small", ["home", "away"])
def test_a_net_larger_than_the_store_of_a_training_or_test_set_is_refused(sources, small):
    for name in ("home", "away"):
        add(sources, name, 16 if name == small else 32)
    command = rf"`fer data add folder PATH --as {small} --size 32`"
    with pytest.raises(
        FerError, match=rf"small takes .* 32 px, and {small} is stored at 16.*{command}"
    ):
        run.prepare(study(), "small", "home", 0, device="cpu", threads=1)
    _, record = finish(study((small,)), "home")
    assert record.data[small]["enlarged"] == "source larger"


def test_a_later_test_set_with_too_small_a_store_is_not_predicted(sources):
    add(sources, "home", 32)
    add(sources, "away", 16)
    _, record = finish(study(test=("home",)), "home")
    with pytest.raises(FerError, match=r"`upsample: \[away\]`"):
        again.predict_again(record, study(), torch.device("cpu"), "later")
    record = again.predict_again(record, study(("away",)), torch.device("cpu"), "later")
    assert record.data["away"]["enlarged"] == "source larger"


def test_the_record_names_the_rules_for_the_rows_and_counts_what_they_drop(sources):
    write_folder(sources / "home", {"train/happy/small.png": png(77, 12)})
    add(sources, "home", 32)
    add(sources, "away", 32)
    _, kept = finish(study(), "home")
    _, strict = finish(study(flagged="drop"), "home")
    assert (kept.rows["flagged"], strict.rows["flagged"]) == ("keep", "drop")
    assert strict.rows["dropped"] == {"train: flagged": 1}
    assert strict.rows["train"] == kept.rows["train"] - 1
    doubtful = study(label_confidence={"home": 0.5})
    with pytest.raises(FerError, match="home tells no confidence of its labels"):
        run.prepare(doubtful, "small", "home", 0, device="cpu", threads=1)
