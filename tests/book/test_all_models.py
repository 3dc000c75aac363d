"""The page "All models" is made of the measured catalogue alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer_core.book.all_models import printed_table, sizes_table, write_all_models
from fer_core.book.catalogue import (
    COLUMNS,
    PRINTED,
    compare_printed,
    read_catalogue,
    read_printed,
    write_catalogue,
)
from fer_core.errors import FerError
from fer_core.models.entries import entries

MACHINE = {
    "device": "cpu",
    "cpu": "A <b>processor</b>",
    "threads": 2,
    "versions": {"torch": "2.0"},
    "commit": "0123456789abcdef",
    "date": "2026-01-02",
}


def row(model: str, size: int, parameters: int, **changes: Any) -> dict[str, Any]:
    made = {
        "model": model, "family": "BTFER benchmark", "title": f"The {model}", "source": "a | paper",
        "size": size, "parameters": parameters, "training_parameters": parameters,
        "trained": parameters, "macs": 3_604_000, "weights": "none", "options": "",
        "corrected": "", "batch": 8, "images_per_second": 1234.5, "training_batch": 8,
        "training_images_per_second": 4.567,
    }  # fmt: skip
    return {**made, **changes}


NETS = pd.DataFrame(
    [
        row("lenet5", 48, 169_271),
        row("dmue", 224, 11_181_120, training_parameters=69_958_834, options='{"a": true, "b": 3}'),
        row("vggnet", 48, 33_625_927),
        row("zfnet", 48, 21_589_127),
    ]
)


ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def measured(checkout: Path) -> Path:
    """A checkout with a small measured catalogue, and four printed counts of its nets."""
    write_catalogue(NETS, MACHINE)
    lines = [
        "model,size,millions,printed_as,source",
        "lenet5,48,0.2,LeNet5,Table 2",
        "dmue,224,70.0,DMUE,Table 1",
        "vggnet,48,15,VGG*Net,Table 2",
        "zfnet,48,21.5,ZF,Table 2",
    ]
    (checkout / PRINTED).write_text("\n".join(lines) + "\n")
    return checkout


def test_the_page_has_every_net_with_its_counts_and_its_speed(measured: Path) -> None:
    text = write_all_models().read_text()
    assert "4 nets, 4 of the family BTFER benchmark, at 48 and 224 px: from" in text
    assert "169,271 parameters (lenet5) to 33,625,927 (vggnet at 48 px)" in text
    assert "| lenet5 | 48 | 169,271 | 169,271 | 169,271 | 3.6 | 1,234 | 4.57 |" in text
    assert "| dmue | 224 | 11,181,120 | 69,958,834 |" in text
    assert "| dmue | BTFER benchmark | The dmue | a \\| paper | a yes, b 3 | – | none |" in text
    assert "A \\<b\\>processor\\</b\\>" in text
    assert "2 threads, torch 2.0, on 2026-01-02 (commit 0123456789)" in text
    whole = pd.read_csv(measured / "book/report/files/all-models-sizes.csv")
    assert whole["images_per_second"].tolist() == [1234.5] * 4
    assert tuple(whole.columns) == COLUMNS


def test_only_printed_counts_that_differ_are_shown_and_all_are_in_the_file(measured: Path) -> None:
    text = write_all_models().read_text()
    assert "Papers print 4 counts of these nets" in text
    assert "Ours agree with 3:" in text
    assert "| vggnet | 48 | VGG\\*Net | 15 | 33,625,927 | -55% | Table 2 |" in text
    assert "| LeNet5 |" not in text
    assert len(pd.read_csv(measured / "book/report/files/all-models-printed.csv")) == 4


def test_a_page_without_a_differing_count_has_no_table_of_them(measured: Path) -> None:
    (measured / PRINTED).write_text("model,size,millions,printed_as,source\nlenet5,48,0.2,L,T\n")
    text = write_all_models().read_text()
    assert "Ours agree with 1:" in text
    assert "tab-all-models-printed" not in text


def test_a_count_agrees_if_it_rounds_to_what_is_printed_or_is_near(measured: Path) -> None:
    both = compare_printed(NETS, read_printed(measured / PRINTED))
    assert dict(zip(both["model"], both["agrees"], strict=True)) == {
        "lenet5": True,  # 0.169
        "dmue": True,  # 69.96, while it is trained
        "vggnet": False,
        "zfnet": True,  # 0.4 % away
    }
    assert printed_table(both)["difference"].tolist()[0] == "+18%"


def test_without_a_measured_catalogue_the_page_says_how_to_make_it(checkout: Path) -> None:
    assert read_catalogue() is None
    text = write_all_models().read_text()
    assert "`fer models --measure`" in text
    assert "models.csv" in text


def test_a_catalogue_of_other_columns_or_without_its_machine_is_refused(measured: Path) -> None:
    path = measured / "results" / "models.csv"
    path.with_suffix(".json").unlink()
    with pytest.raises(FerError, match=r"no models\.json beside it.*fer models --measure"):
        read_catalogue()
    path.write_text("model,size\nlenet5,48\n")
    with pytest.raises(FerError, match=r"models\.csv lacks the column .*fer models --measure"):
        read_catalogue()


def test_a_printed_count_of_no_net_or_that_is_no_number_is_refused(measured: Path) -> None:
    path = measured / PRINTED
    path.write_text("model,size,millions,printed_as,source\nlenet5,224,0.2,L,T\n")
    with pytest.raises(FerError, match="not in the catalogue: lenet5 at 224"):
        write_all_models()
    path.write_text("model,size,millions,printed_as,source\nlenet5,48,~0.2,L,T\n")
    with pytest.raises(FerError, match="millions are numbers"):
        write_all_models()


def test_numbers_keep_the_digits_that_mean_something() -> None:
    shown = sizes_table(NETS.assign(training_images_per_second=[0.123456, 45.678, 99999.4, 100]))
    assert shown["training images/s"].tolist() == ["0.123", "45.7", "99,999", "100"]


def test_the_page_is_made_without_a_net() -> None:
    code = "import sys, fer_core.book.all_models as m; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_counts_on_file_name_nets_that_there_are() -> None:
    from fer_core.models.entries import entries

    printed = read_printed(Path(__file__).parents[2] / PRINTED)
    own = entries()
    assert not printed.duplicated(["model", "size", "printed_as"]).any()
    for net in printed.itertuples():
        assert net.size in own[str(net.model)].sizes


def test_the_page_claims_no_more_than_was_compared(measured: Path) -> None:
    text = " ".join(write_all_models().read_text().split())
    assert text.count("No output was compared.") == 2
    assert "Graph and losses are those of the source" not in text
    printed = {"convnext-tiny-dropout": 0.29, "resnet50-dropout": 0.19, "vggface2-dropout": 0.50}
    own = entries()
    assert {n: round(own[n].options["dropout"], 2) for n in printed} == printed, "its Table V"
    heads = [entry.options for entry in own.values() if entry.title.endswith(" + head")]
    assert len(heads) == 12
    assert all(options == {"head": "256-128", "pool": "gap"} for options in heads), (
        "IV.B, * Flatten"
    )


def test_every_default_that_is_not_published_is_marked_where_nets_are_listed() -> None:
    listed = pd.read_csv(ROOT / "results" / "models.csv").drop_duplicates("model")
    assert dict(zip(listed["model"], listed["source"], strict=True)) == {
        name: entry.source for name, entry in entries().items()
    }
    for name in ("posterpp", "dan", "dmue"):
        family, twin = entries()[name], entries()[f"{name}-tiny"]
        assert {**twin.options, **twin.published} == dict(family.options)
        for option, value in twin.options.items():
            assert (option in twin.source) == (value != family.options[option])
