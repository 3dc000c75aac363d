"""A reproducible, cross-dataset study of facial emotion recognition (FER)."""

__version__ = "0.1.0"

import os

# Arrow reads this once, when it is imported: its own pool does not give freed tables back.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
