"""The measured catalogue, its tables, and the counts that papers print."""

from pathlib import Path

import pandas as pd
import pytest

from fer_core.analysis.catalogue import (
    COLUMNS,
    PRINTED,
    compare_printed,
    printed_table,
    read_catalogue,
    read_printed,
    sizes_table,
    sources_table,
    write_catalogue,
)
from fer_core.errors import FerError
from fer_core.models.entries import entries
from tests.analysis.catalogues import MACHINE, NETS

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = (
    "model,size,millions,printed_as,source",
    "lenet5,48,0.2,LeNet5,Table 2",
    "dmue,224,70.0,DMUE,Table 1",
    "vggnet,48,15,VGG*Net,Table 2",
    "zfnet,48,21.5,ZF,Table 2",
)


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """Four printed counts of the nets of the small catalogue."""
    file = tmp_path / "printed.csv"
    file.write_text("\n".join(LINES) + "\n")
    return file


def test_the_tables_have_every_net_with_its_counts_its_speed_and_its_switches() -> None:
    sizes = sizes_table(NETS)
    assert sizes.columns.tolist() == [
        "model", "px", "parameters", "in training", "trained", "million MACs", "images/s",
        "training images/s",
    ]  # fmt: skip
    first, second, *_ = sizes.itertuples(index=False)
    assert first[:] == ("lenet5", 48, 169_271, 169_271, 169_271, "3.6", "1,234", "4.57")
    assert second[:4] == ("dmue", 224, 11_181_120, 69_958_834)
    net = sources_table(NETS).set_index("model").loc["dmue"]
    assert net["switches, default"] == "a yes, b 3"
    assert net["corrected"] == ""


def test_the_catalogue_is_read_as_it_was_written(results_home: Path) -> None:
    write_catalogue(NETS, MACHINE)
    table, machine = read_catalogue()
    assert table["images_per_second"].tolist() == [1234.5] * 4
    assert tuple(table.columns) == COLUMNS
    assert machine == MACHINE


def test_a_count_agrees_if_it_rounds_to_what_is_printed_or_is_near(counts: Path) -> None:
    both = compare_printed(NETS, read_printed(counts))
    assert dict(zip(both["model"], both["agrees"], strict=True)) == {
        "lenet5": True,  # 0.169
        "dmue": True,  # 69.96, while it is trained
        "vggnet": False,
        "zfnet": True,  # 0.4 % away
    }
    assert printed_table(both)["difference"].tolist()[0] == "+18%"


def test_without_a_measured_catalogue_its_tables_are_empty(
    results_home: Path, counts: Path
) -> None:
    table, machine = read_catalogue()
    assert machine == {}
    printed = compare_printed(table, read_printed(counts))
    for made in (sizes_table(table), sources_table(table), printed_table(printed)):
        assert made.empty
    assert printed[~printed["agrees"]].empty


def test_a_catalogue_of_other_columns_or_without_its_machine_is_refused(results_home: Path) -> None:
    write_catalogue(NETS, MACHINE)
    path = results_home / "models.csv"
    path.with_suffix(".json").unlink()
    with pytest.raises(FerError, match=r"no models\.json beside it.*fer models --measure"):
        read_catalogue()
    path.write_text("model,size\nlenet5,48\n")
    with pytest.raises(FerError, match=r"models\.csv lacks the column .*fer models --measure"):
        read_catalogue()


def test_a_printed_count_of_no_net_or_that_is_no_number_is_refused(counts: Path) -> None:
    counts.write_text("model,size,millions,printed_as,source\nlenet5,224,0.2,L,T\n")
    with pytest.raises(FerError, match="not in the catalogue: lenet5 at 224"):
        compare_printed(NETS, read_printed(counts))
    counts.write_text("model,size,millions,printed_as,source\nlenet5,48,~0.2,L,T\n")
    with pytest.raises(FerError, match="millions are numbers"):
        read_printed(counts)


def test_numbers_keep_the_digits_that_mean_something() -> None:
    shown = sizes_table(NETS.assign(training_images_per_second=[0.123456, 45.678, 99999.4, 100]))
    assert shown["training images/s"].tolist() == ["0.123", "45.7", "99,999", "100"]


def test_the_counts_on_file_name_nets_that_there_are() -> None:
    printed = read_printed(ROOT / PRINTED)
    own = entries()
    assert not printed.duplicated(["model", "size", "printed_as"]).any()
    for net in printed.itertuples():
        assert net.size in own[str(net.model)].sizes


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
