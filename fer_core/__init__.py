"""A reproducible, cross-dataset study of facial emotion recognition (FER)."""

__version__ = "0.1.0"
