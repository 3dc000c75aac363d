"""One file per data set; importing this package registers them all."""

from fer_core.data.readers import (
    affectnet,
    btfer,
    ckplus,
    emognition,
    expw,
    fer2013,
    ferplus,
    folder,
    jaffe,
    kdef,
    london,
    muxspace,
    nhfi,
    rafdb,
)

__all__ = [
    "affectnet",
    "btfer",
    "ckplus",
    "emognition",
    "expw",
    "fer2013",
    "ferplus",
    "folder",
    "jaffe",
    "kdef",
    "london",
    "muxspace",
    "nhfi",
    "rafdb",
]
