"""How faces are found and cut, with its defaults; light to import."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FaceSettings(BaseModel):
    """How faces are found and cut; equal settings give equal cuts.

    `min_face` 20 is the original's: smaller faces would have to be enlarged more than twofold to
    be 48 pixels wide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: Literal["mtcnn"] = "mtcnn"
    min_face: int = Field(20, ge=12, description="side of the smallest face that is found, pixels")
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)
    factor: float = Field(0.709, gt=0, lt=1, description="step of the detector's pyramid")
    frame: float = Field(0.25, ge=0, le=1, description="grey frame for a second look, share")
    margin: str = Field(
        "30 %",
        description='added on each side: a share of the longer side of the box, "20 px" or "none"',
    )
    align: bool = Field(True, description="turn the photograph until the eyes are level")
    several: Literal["largest", "central", "exclude"] = "largest"
    none: Literal["exclude", "centre"] = "exclude"
    version: Literal[1] = 1
