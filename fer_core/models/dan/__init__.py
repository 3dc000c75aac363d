"""DAN: feature clustering, multi-head cross attention and attention fusion."""

from fer_core.models.dan import build

__all__ = ["build"]
