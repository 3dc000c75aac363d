"""From a decoded picture to the tensor that a net sees: how, as data, and done.

A picture is first cut and sized to a square of pixels (`fer_core.data.image`); data sets keep
these. `to_tensor` makes the net's tensor of squares. Training and prediction begin with the squares
of a store, `FromPicture` begins with the picture.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, field_validator

from fer_core.data.card import Box
from fer_core.data.framing import How
from fer_core.data.image import BoxError, Frame, inside, to_square, upright
from fer_core.errors import FerError
from fer_core.faces.settings import FaceSettings

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
DONE = {  # what was done to every picture, and is applied here
    "stored_by": "lanczos",
    "resized_by": "bilinear",
    "antialiased": "where it shrinks",
    "scaled_to": "0 to 1",
}
FACES_ALREADY = ("as distributed", "generated")
BOXED = ("box of the source", "face found")


class Picture(BaseModel):
    """How the pictures of a net's training set became its pixels. It has no defaults: what a file
    does not say is not made up.

    `how`, `crop` and `sources` (of a compiled set, by name) are as `fer_core.data.framing` says,
    `faces` are the settings of the cutter. `side` and `channels` (1 grey, 3 RGB) are those of the
    stored square, and `stored_by` the interpolation to it, antialiased. From there to the net's own
    side the square is `resized_by` a second interpolation, and its values are `scaled_to` a range.
    """

    model_config = FROZEN

    how: How
    crop: Box | None
    faces: FaceSettings | None
    sources: dict[str, Any]
    side: int = Field(gt=0)
    channels: Literal[1, 3]
    stored_by: Literal["lanczos"]
    resized_by: Literal["bilinear"]
    antialiased: Literal["where it shrinks"]
    scaled_to: Literal["0 to 1"]

    @field_validator("faces")
    @classmethod
    def _says_every_setting(cls, faces: FaceSettings | None) -> FaceSettings | None:
        missing = set(FaceSettings.model_fields) - faces.model_fields_set if faces else set()
        if missing:
            raise ValueError(f"{min(missing)} is not said")
        return faces

    @property
    def of_faces(self) -> bool:
        """Whether the pictures were faces already, cut by whoever distributes or generates them."""
        sources = [source["how"] for source in self.sources.values()]
        return all(how in FACES_ALREADY for how in sources or [self.how])


class Input(BaseModel):
    """What a net takes: RGB, `size` x `size` pixels, minus `mean`, divided by `std` (one number for
    all colours, or three), and how pictures become that; None where it is not known."""

    model_config = FROZEN

    size: int = Field(gt=0)
    mean: tuple[float, ...] = Field(min_length=1, max_length=3)
    std: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1, max_length=3)
    picture: Picture | None = None


def as_images(pixels: np.ndarray) -> torch.Tensor:
    """Return squares, (n, side, side, channels) uint8, as a tensor (n, channels, side, side)."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)


def to_tensor(
    images: torch.Tensor, size: int, mean: Sequence[float], std: Sequence[float]
) -> torch.Tensor:
    """Return (n, 3, size, size) float32 from (n, channels, side, side) uint8."""
    return normalised(resize(scaled(images), size), mean, std)


def scaled(images: torch.Tensor) -> torch.Tensor:
    """Return uint8 images as float32 from 0 to 1, in the same shape."""
    return images.to(torch.float32).div_(255)


def resize(x: torch.Tensor, size: int) -> torch.Tensor:
    """Return (n, channels, size, size) from (n, channels, side, side): bilinear,
    antialiased where it shrinks."""
    if x.shape[-1] == size:
        return x
    return F.interpolate(
        x, size=(size, size), mode="bilinear", align_corners=False, antialias=x.shape[-1] > size
    )


def normalised(x: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Return (x - mean) / std with three channels, (n, 3, side, side), from one or three."""
    alike = len(set(mean)) == len(set(std)) == 1
    channels = 1 if alike and x.shape[1] == 1 else 3  # grey is repeated after the arithmetic
    middle = torch.tensor(mean[:channels], device=x.device).view(1, -1, 1, 1)
    scale = torch.tensor(std[:channels], device=x.device).reciprocal().view(1, -1, 1, 1)
    return torch.addcmul(-middle * scale, x, scale).expand(-1, 3, -1, -1)


class FromPicture:
    """Makes a net's tensor of decoded pictures as those of its training set were made, from the
    description alone; FerError where that does not say how, or not in one way.

    The bits are those of the store, but for faces that were found in several photographs at once:
    what else is in a batch moves the angle of a face by some 1e-6 degrees, so that pixels of its
    square may differ by one grey level.
    """

    def __init__(self, given: Input, device: str = "cpu") -> None:
        picture = given.picture
        if picture is None:
            raise FerError(
                "how the pixels of this net were made is unknown: its weights were saved before "
                "that was written down; train it again, or give squares to `to_tensor`"
            )
        if picture.how == "compiled":
            raise FerError(
                "this net was trained on a compiled set, the pictures of which were cut in more "
                f"than one way ({', '.join(picture.sources)}); give squares to `to_tensor`"
            )
        self._input, self._picture, self._cutter = given, picture, None
        self._frame = Frame(picture.side, picture.channels, picture.crop)
        if picture.faces is not None:
            from fer_core.faces.cutter import FaceCutter  # it takes torchvision and OpenCV

            self._cutter = FaceCutter(picture.faces.model_dump(), device)

    def __call__(self, image: Image.Image, box: Box | None = None) -> torch.Tensor:
        """Return (1, 3, size, size) float32 of a picture, which is turned in place as its EXIF tag
        says; faults as of `square`."""
        squares = as_images(np.stack([self.square(image, box)]))
        return to_tensor(squares, self._input.size, self._input.mean, self._input.std)

    def square(self, image: Image.Image, box: Box | None = None) -> np.ndarray:
        """Return the square that a store would keep, (side, side, channels) uint8.

        `box`: left, top, right and bottom, in pixels, of the face that is meant. FerError where the
        picture cannot be read, a box is missing or unfit, or no face is found.
        """
        try:  # a cutter looks at the picture as it is itself, as it does when sets are prepared
            image = upright(image, None if self._cutter else self._frame.channels)
            image.load()
        except Exception as error:  # decoders raise almost anything on damaged bytes
            raise FerError(f"the picture cannot be read ({error}); give another one") from error
        part = self._part(box, image)
        if self._cutter is not None:
            (cut,) = self._cutter([image], [part])
            if cut.image is None:
                raise FerError(f"{cut.failure} in the picture; give one that shows a face")
            image, part = cut.image, None
        return to_square(image, self._frame, part)

    def _part(self, box: Box | None, image: Image.Image) -> Box | None:
        how = self._picture.how
        if box is None:
            if how == "box of the source":
                raise FerError("this net was trained on faces cut by given boxes; give a box")
            return None
        if how not in BOXED:
            raise FerError(f"the pictures of this net were not cut by boxes ({how}); give no box")
        try:
            return inside(box, image.width, image.height)
        except BoxError as error:
            raise FerError(f"{box} is no box ({error}); give pixels of the picture") from error
