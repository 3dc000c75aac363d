"""How to train, as validated data in parts. It has no behaviour: `fer_core.training` reads it.

The defaults belong to the identity of checkpoints, which hold what differs from them: never change
one, and give a new field the default that does what was done before.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Part(BaseModel):
    """Values that are checked, and stay as they are."""

    model_config = FROZEN


class Augment(Part):
    """Random changes of a training image; a value of 0 switches that change off."""

    rotate: float = Field(0.0, ge=0, le=180, description="largest rotation either way, degrees")
    shift: float = Field(0.0, ge=0, le=0.5, description="largest shift, fraction of the side")
    zoom: float = Field(0.0, ge=0, lt=1, description="largest zoom in or out, fraction")
    flip: float = Field(0.0, ge=0, le=1, description="probability of a mirror image")
    brightness: float = Field(0.0, ge=0, le=1, description="largest change, fraction of white")
    contrast: float = Field(0.0, ge=0, lt=1, description="largest change, fraction")


class Optimizer(Part):
    """What turns gradients into steps."""

    name: Literal["adamw", "sgd"] = "adamw"
    lr: float = Field(1e-3, gt=0, description="largest learning rate, where a phase has no other")
    weight_decay: float = Field(0.01, ge=0)
    momentum: float = Field(0.9, ge=0, lt=1, description="SGD only")


class Schedule(Part):
    """How the rate changes in the course of a phase; it begins anew with each."""

    name: Literal["cosine", "plateau", "constant"] = "cosine"
    warmup_epochs: float = Field(0.0, ge=0, description="linear, before the cosine")
    factor: float = Field(0.5, gt=0, lt=1, description="plateau only: what the rate falls by")
    patience: int = Field(3, ge=0, description="plateau only: epochs without a lower loss")


class Loss(Part):
    """The loss of a batch; a net with a loss of its own takes this one as its criterion."""

    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: Literal["none", "balanced", "simple", "conservative"] = Field(
        "none", description="see fer_core.training.balance"
    )


class Regularisation(Part):
    """What keeps a net from learning its images by heart, besides the weight decay."""

    dropout: float = Field(0.0, ge=0, lt=1, description="before the classifier of a timm net")
    augment: Augment = Augment()


class DataDraw(Part):
    """Which images are drawn, and how many at a time."""

    images: int | None = Field(
        None, ge=14, description="train on so many, drawn by class; validate on the same share"
    )
    batch_size: int = Field(128, ge=2)
    sampler: Literal["shuffle", "balanced"] = "shuffle"


class Selection(Part):
    """Which epoch is kept: the best on the validation part of the training data set,
    never on a test split."""

    measure: Literal["macro_f1", "accuracy", "loss"] = "macro_f1"
    patience: int | None = Field(
        None, ge=1, description="epochs without improvement that end a phase early"
    )


class Rates(Part):
    """A largest learning rate for each part of a net."""

    trunk: float = Field(gt=0)
    head: float = Field(gt=0)


class Phase(Part):
    """A stretch of training, with an optimiser and a schedule that begin anew."""

    epochs: int = Field(ge=1)
    train: Literal["all", "head", "trunk"] = Field(
        "all", description="what learns; the other part is frozen, running statistics included"
    )
    lr: float | Rates | None = Field(
        None, description="instead of the optimiser's; two where trunk and head differ"
    )
    side: int | None = Field(
        None, ge=16, le=1024, description="of its training images in pixels, instead of the input's"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_rate_is_positive(cls, data: Any) -> Any:
        # Checked here, because the union would tell of each of its members.
        lr = data.get("lr") if isinstance(data, dict) else None
        if isinstance(lr, int | float) and not 0 < lr < float("inf"):
            raise ValueError(f"lr is {lr}; a rate is greater than 0")
        return data

    @model_validator(mode="after")
    def _two_rates_need_two_parts(self) -> "Phase":
        if isinstance(self.lr, Rates) and self.train != "all":
            raise ValueError(f"train: {self.train} learns at one rate; give lr one number")
        return self

    def tell(self, peak: Rates) -> str:
        """Say in words what the phase does at these largest rates."""
        rates = f"{peak.trunk:g} (trunk) and {peak.head:g} (head)"
        if peak.trunk == peak.head or self.train != "all":
            rates = f"{peak.head if self.train == 'head' else peak.trunk:g}"
        told = f"{self.epochs} epoch{'s' * (self.epochs > 1)}, {self.train}, rate up to {rates}"
        return told if self.side is None else f"{told}, images of {self.side} px"


class Recipe(Part):
    """How one run trains: its phases one after the other, each by the other parts."""

    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    loss: Loss = Loss()
    regularisation: Regularisation = Regularisation()
    data: DataDraw = DataDraw()
    selection: Selection = Selection()
    phases: tuple[Phase, ...] = Field((Phase(epochs=10),), min_length=1)

    @property
    def epochs(self) -> int:
        """The epochs of all phases."""
        return sum(phase.epochs for phase in self.phases)

    def peak(self, phase: Phase) -> Rates:
        """Return the largest rates of a phase."""
        lr = self.optimizer.lr if phase.lr is None else phase.lr
        return lr if isinstance(lr, Rates) else Rates(trunk=lr, head=lr)

    def tell(self) -> dict[str, str]:
        """Say in words what each phase does."""
        numbered = enumerate(self.phases, start=1)
        return {f"phase {number}": phase.tell(self.peak(phase)) for number, phase in numbered}

    def identity(self) -> dict[str, Any]:
        """Return what decides the bits of training, as far as it differs from the defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Machine(Part):
    """How a machine calculates a run. These settings change the last bits and the speed of a run,
    not what it does."""

    channels_last: bool | Literal["auto"] = Field(
        False, description="memory format; auto: the faster one, measured when a run starts"
    )
    autocast: bool = Field(True, description="bfloat16 autocast, on CUDA only")

    def identity(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)
