"""DMUE: latent distribution mining and pairwise uncertainty estimation."""

from fer_core.models.dmue import build

__all__ = ["build"]
