"""A reproducible, cross-dataset study of facial emotion recognition (FER).

The names that a notebook needs lie here; each is imported when it is first asked for.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Arrow reads this once, when it is imported: its own pool does not give freed tables back.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

if TYPE_CHECKING:
    from fer_core.analysis.outcomes import outcomes
    from fer_core.data.load import load_dataset
    from fer_core.data.prepare.add import add_dataset
    from fer_core.emotions import EMOTIONS
    from fer_core.errors import FerError
    from fer_core.models import create_model, list_models, load_model
    from fer_core.runs import collect
    from fer_core.study import load_study

__all__ = [
    "EMOTIONS",
    "FerError",
    "add_dataset",
    "collect",
    "create_model",
    "list_models",
    "load_dataset",
    "load_model",
    "load_study",
    "outcomes",
]
_HOMES = {
    "EMOTIONS": "emotions",
    "FerError": "errors",
    "add_dataset": "data.prepare.add",
    "collect": "runs",
    "create_model": "models",
    "list_models": "models",
    "load_dataset": "data.load",
    "load_model": "models",
    "load_study": "study",
    "outcomes": "analysis.outcomes",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fer_core' has no attribute {name!r}")
    return getattr(import_module(f"fer_core.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
