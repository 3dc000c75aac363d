"""How to train, as validated data. A recipe holds no behaviour: `fer_core.training` reads it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Augment(BaseModel):
    """Random changes of a training image; a value of 0 switches that change off."""

    model_config = FROZEN

    rotate: float = Field(0.0, ge=0, le=180, description="largest rotation either way, degrees")
    shift: float = Field(0.0, ge=0, le=0.5, description="largest shift, fraction of the side")
    zoom: float = Field(0.0, ge=0, lt=1, description="largest zoom in or out, fraction")
    flip: float = Field(0.0, ge=0, le=1, description="probability of a mirror image")
    brightness: float = Field(0.0, ge=0, le=1, description="largest change, fraction of white")
    contrast: float = Field(0.0, ge=0, lt=1, description="largest change, fraction")


class Recipe(BaseModel):
    """How one run trains.

    The epoch that is kept is chosen by `select_by` on the validation part of the training data set,
    never on a test split.
    """

    model_config = FROZEN

    epochs: int = Field(10, ge=1)
    images: int | None = Field(
        None, ge=14, description="train on so many, drawn by class; validate on the same share"
    )
    batch_size: int = Field(128, ge=2)
    optimizer: Literal["adamw", "sgd"] = "adamw"
    lr: float = Field(1e-3, gt=0, description="largest learning rate")
    weight_decay: float = Field(0.01, ge=0)
    momentum: float = Field(0.9, ge=0, lt=1, description="SGD only")
    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    warmup_epochs: float = Field(0.0, ge=0, description="linear, before the cosine")
    plateau_factor: float = Field(0.5, gt=0, lt=1)
    plateau_patience: int = Field(3, ge=0)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: Literal["none", "balanced", "simple", "conservative"] = Field(
        "none", description="in the loss; see fer_core.training.balance"
    )
    sampler: Literal["shuffle", "balanced"] = "shuffle"
    dropout: float = Field(0.0, ge=0, lt=1)
    early_stopping: int | None = Field(None, ge=1, description="epochs without improvement")
    select_by: Literal["macro_f1", "accuracy", "loss"] = "macro_f1"
    channels_last: bool | Literal["auto"] = Field(
        False, description="memory format; auto: the faster one, measured when a run starts"
    )
    autocast: bool = Field(True, description="bfloat16 autocast, on CUDA only")
    augment: Augment = Augment()
