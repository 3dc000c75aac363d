"""Data: readers, index, splits, store. Everything right of here uses these names."""

from fer_core.data.card import Card
from fer_core.data.dataset import Dataset, prepared_datasets
from fer_core.data.load import load_dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.data.registry import get_entry, list_datasets, register, register_generated
from fer_core.data.select import TrainingRows, test_rows, training_rows
from fer_core.data.store import Store
from fer_core.data.summary import summarise, write_summary

__all__ = [
    "Card",
    "Dataset",
    "Store",
    "TrainingRows",
    "add_dataset",
    "get_entry",
    "list_datasets",
    "load_dataset",
    "prepared_datasets",
    "register",
    "register_generated",
    "summarise",
    "test_rows",
    "training_rows",
    "write_summary",
]
