"""The parts of a recipe, as validated data without behaviour; `fer_core.recipe` joins them.

The defaults belong to the identity of checkpoints, which hold what differs from them: never change
one, and give a new field the default that does what was done before.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
MEASURES = Literal["macro_f1", "accuracy", "loss"]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
P = TypeVar("P", bound="Part")


class Part(BaseModel):
    """Values that are checked, and stay as they are."""

    model_config = FROZEN


def _ordered(part: P, name: str, span: tuple[float, float] | None, most: float) -> P:
    if span is not None and not 0 < span[0] <= span[1] <= most:
        raise ValueError(f"{name} is {list(span)}; it is two rising numbers above 0, up to {most}")
    return part


class Erase(Part):
    """A rectangle of a normalised training image set to 0. Source: Zhong et al., Random erasing
    (2020), as in torchvision."""

    probability: Share = 0.0
    area: tuple[Positive, Positive] = Field((0.02, 0.33), description="least and most, of all")

    @model_validator(mode="after")
    def _area_is_a_range(self) -> "Erase":
        return _ordered(self, "area", self.area, 1)


class RandAugment(Part):
    """Some operations out of fourteen on each image. Source: Cubuk et al., RandAugment (2020), with
    the operations and strengths of torchvision."""

    operations: int = Field(2, ge=1, le=14)
    magnitude: int = Field(9, ge=0, le=30)


class Augment(Part):
    """Random changes of a training image; a value of 0 switches that change off."""

    rotate: float = Field(0.0, ge=0, le=180, description="largest rotation either way, degrees")
    shear: float = Field(0.0, ge=0, lt=90, description="largest shear either way, degrees")
    shift: float = Field(0.0, ge=0, le=0.5, description="largest shift, fraction of the side")
    zoom: float = Field(0.0, ge=0, lt=1, description="largest zoom in or out, fraction")
    zoom_apart: bool = Field(False, description="zoom each axis by a draw of its own")
    scale: tuple[Positive, Positive] | None = Field(
        None, description="least and largest factor of the zoom, instead of `zoom`"
    )
    move_probability: float = Field(
        1.0, gt=0, le=1, description="of all of the above and `pad` together, image by image"
    )
    border: Literal["repeat", "black"] = Field(
        "repeat", description="what comes from outside the image"
    )
    pad: float = Field(
        0.0, ge=0, le=0.5, description="border on each edge before a random crop, of the side"
    )
    enlarge: float = Field(
        1.0, ge=1, le=2, description="enlarge by this factor, then crop at random"
    )
    crop: tuple[Positive, Positive] | None = Field(
        None, description="least and largest area of a random crop, which is resized, of all"
    )
    flip: float = Field(0.0, ge=0, le=1, description="probability of a mirror image")
    brightness: float = Field(0.0, ge=0, le=1, description="largest change, fraction of white")
    gain: float = Field(0.0, ge=0, lt=1, description="largest change of brightness, by a factor")
    contrast: float = Field(0.0, ge=0, lt=1, description="largest change, fraction")
    noise: float = Field(
        0.0, ge=0, le=1, description="standard deviation of normal noise, fraction of white"
    )
    noise_probability: float = Field(1.0, gt=0, le=1, description="of noise, image by image")
    randaugment: RandAugment | None = None
    erase: Erase = Erase()

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> "Augment":
        if self.scale is not None and self.zoom:
            raise ValueError("zoom and scale are two ways to say one thing; give one of them")
        _ordered(self, "scale", self.scale, 4)
        return _ordered(self, "crop", self.crop, 1)


class Optimizer(Part):
    """What turns gradients into steps."""

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    lr: float = Field(1e-3, gt=0, description="largest learning rate, where a phase has no other")
    weight_decay: float = Field(0.01, ge=0, description="adam, sgd: added to the gradient")
    decay: Literal["weights", "all"] = Field(
        "weights", description="what decays; all: norms and biases too"
    )
    momentum: float = Field(0.9, ge=0, lt=1, description="SGD only")
    sam: float = Field(0.0, ge=0, description="ρ of sharpness-aware minimisation; 0: none")


RateTable = tuple[tuple[Annotated[int, Field(ge=1)], Positive], ...]


class Schedule(Part):
    """How the rate changes in the course of a phase; it begins anew with each."""

    name: Literal["cosine", "plateau", "constant", "exponential", "step", "table"] = "cosine"
    warmup_epochs: float = Field(0.0, ge=0, description="linear, before the cosine")
    per: Literal["step", "epoch"] = Field("step", description="cosine only: when the rate changes")
    period: int | None = Field(
        None, ge=1, description="cosine only: steps (or epochs) from top to bottom, and back again"
    )
    factor: float = Field(
        0.5, gt=0, lt=1, description="plateau, exponential (each epoch), step: what it falls by"
    )
    every: int = Field(1, ge=1, description="step only: epochs from one fall to the next")
    patience: int = Field(3, ge=0, description="plateau only: epochs without a lower loss")
    floor: float = Field(0.0, ge=0, description="least rate")
    trunk: RateTable = Field(
        (), description="table only: rates of the trunk, each with the epoch that ends it"
    )
    head: RateTable = Field((), description="table only: the same of the head")

    @model_validator(mode="after")
    def _tables_rise_and_epochs_are_whole(self) -> "Schedule":
        if (self.name == "table") != bool(self.trunk and self.head):
            raise ValueError("a schedule by table has rates for trunk and head, and no other has")
        if self.per == "epoch" and self.warmup_epochs % 1:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs:g}; a rate that changes each epoch warms up "
                "for whole epochs"
            )
        for table in (self.trunk, self.head):
            ends = [end for end, _ in table]
            if ends != sorted(set(ends)):
                raise ValueError(f"the epochs {ends} of a table of rates must rise")
        return self


class Loss(Part):
    """The loss of a batch; a net with a loss of its own takes this one as its criterion."""

    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: Literal["none", "balanced", "simple", "conservative"] = Field(
        "none", description="see fer_core.training.balance"
    )
    weighted_mean: Literal["weights", "images"] = Field(
        "weights", description="what a weighted loss is divided by; images: as Keras"
    )


class Mixup(Part):
    """Two training images in one, and their labels. Source: Zhang et al., mixup (2018)."""

    alpha: float = Field(0.0, ge=0, description="of Beta(α, α), once a batch; 0: none")
    probability: float = Field(1.0, gt=0, le=1, description="of a batch to be mixed")


class Regularisation(Part):
    """What keeps a net from learning its images by heart, besides the weight decay."""

    dropout: float = Field(0.0, ge=0, lt=1, description="before the classifier of a timm net")
    augment: Augment = Augment()
    mixup: Mixup = Mixup()


class Averaging(Part):
    """A running average of the weights, which is validated and kept in their place."""

    decay: float = Field(0.0, ge=0, lt=1, description="of the average, each step; 0: none")
    buffers: bool = Field(False, description="average running statistics too, or take the latest")


class DataDraw(Part):
    """Which images are drawn, and how many at a time."""

    images: int | None = Field(
        None, ge=14, description="train on so many, drawn by class; validate on the same share"
    )
    batch_size: int = Field(128, ge=2, description="images in a step")
    accumulate: int = Field(
        1, ge=1, description="parts of a batch whose gradients are added, to save memory"
    )
    sampler: Literal["shuffle", "balanced", "oversample", "undersample", "smote"] = "shuffle"
    rare: Literal["fill", "skip"] = Field(
        "fill", description="a batch without enough of an emotion, for nets that need it"
    )

    @model_validator(mode="after")
    def _batches_have_equal_parts(self) -> "DataDraw":
        if self.batch_size % self.accumulate:
            raise ValueError(
                f"accumulate is {self.accumulate}, which does not divide the batch of "
                f"{self.batch_size} images"
            )
        return self


class Selection(Part):
    """Which epoch is kept: the best on the validation part of the training data set,
    never on a test split."""

    measure: MEASURES = "macro_f1"
    patience: int | None = Field(
        None, ge=1, description="epochs without improvement that end a phase early"
    )
    stop: MEASURES | None = Field(None, description="what patience waits for, if not the measure")
