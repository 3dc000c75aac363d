"""The nets of AlbinMorisseau/FER at 3d2856d: three known nets with a dropout head."""

from fer_core.models.klagenfurt import nets

__all__ = ["nets"]
