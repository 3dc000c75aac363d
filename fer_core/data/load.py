"""A prepared data set, loaded by its name."""

from dataclasses import replace

from fer_core.data.compiled import COMPILED, open_compiled
from fer_core.data.dataset import Dataset, dataset_dir, open_dataset, prepared_datasets, read_facts
from fer_core.data.generated import build_generated
from fer_core.data.own import FOLDER, current_card
from fer_core.data.registry import get_entry, list_datasets
from fer_core.errors import FerError, unknown
from fer_core.names import is_name


def load_dataset(name: str, verify: bool = False) -> Dataset:
    """Load the prepared data set `name`; generated sets are prepared on first use.

    Sizes are always checked; `verify` reads every byte and compares the hashes too. A set that is
    unknown, not prepared, damaged, or prepared by an older reader raises FerError with what to do.
    """
    registered = list_datasets()
    facts = read_facts(dataset_dir(name)) if is_name(name) else None
    if name in registered and get_entry(name).generate is not None:
        return with_current_card(build_generated(get_entry(name), verify), name)
    if facts is None:
        if name not in registered or name == FOLDER:
            raise unknown("dataset", name, {*registered, *prepared_datasets()} - {FOLDER})
        raise FerError(
            f"data set {name} is not prepared: run `fer data add {name} PATH`; "
            f"to obtain it: {get_entry(name).card.obtain}"
        )
    reader = facts.get("reader")
    if reader == COMPILED:
        return open_compiled(name, verify)
    if reader is None:
        return open_dataset(dataset_dir(name))  # of an older format: it says what to do
    if reader not in registered or get_entry(reader).card.version != facts["card"].get("version"):
        raise FerError(
            f"{name} was prepared by another version of its reader; `fer data add` it again"
        )
    return with_current_card(open_dataset(dataset_dir(name), verify), reader)


def with_current_card(dataset: Dataset, reader: str) -> Dataset:
    """Return the data set with its card's prose and permissions as they are today."""
    return replace(dataset, card=current_card(dataset.card, reader, dataset.own))
