"""One file per data set; importing this package registers them all."""

from fer_core.data.readers import fer2013, ferplus, folder, london, muxspace, nhfi

__all__ = ["fer2013", "ferplus", "folder", "london", "muxspace", "nhfi"]
