"""How to train, as validated data in parts. It has no behaviour: `fer_core.training` reads it.

The defaults belong to the identity of checkpoints, which hold what differs from them: never change
one, and give a new field the default that does what was done before.
"""

from typing import Any, Literal

from pydantic import Field, model_validator

from fer_core.recipe_parts import (
    Averaging,
    DataDraw,
    Loss,
    Optimizer,
    Part,
    Regularisation,
    Schedule,
    Selection,
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
    also: tuple[str, ...] = Field(
        (), description="train: head only: beginnings of the names of what learns besides the head"
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
    def _what_learns_besides_the_head_is_said_of_the_head(self) -> "Phase":
        if self.also and self.train != "head":
            raise ValueError(f"also names what learns besides the head; train is {self.train}")
        return self

    @model_validator(mode="after")
    def _two_rates_need_two_parts(self) -> "Phase":
        if isinstance(self.lr, Rates) and self.train != "all" and not self.also:
            raise ValueError(f"train: {self.train} learns at one rate; give lr one number")
        return self

    def tell(self, peak: Rates) -> str:
        """Say in words what the phase does at these largest rates."""
        rates = f"{peak.trunk:g} (trunk) and {peak.head:g} (head)"
        if peak.trunk == peak.head or (self.train != "all" and not self.also):
            rates = f"{peak.head if self.train == 'head' else peak.trunk:g}"
        learns = " and ".join((self.train, *self.also))
        told = f"{self.epochs} epoch{'s' * (self.epochs > 1)}, {learns}, rate up to {rates}"
        return told if self.side is None else f"{told}, images of {self.side} px"


class Recipe(Part):
    """How one run trains: its phases one after the other, each by the other parts."""

    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    loss: Loss = Loss()
    regularisation: Regularisation = Regularisation()
    averaging: Averaging = Averaging()
    data: DataDraw = DataDraw()
    selection: Selection = Selection()
    phases: tuple[Phase, ...] = Field((Phase(epochs=10),), min_length=1)

    @model_validator(mode="after")
    def _the_schedule_fits_every_phase(self) -> "Recipe":
        for number, phase in enumerate(self.phases, start=1):
            self._require_schedule(phase, f"phase {number}")
        return self

    def _require_schedule(self, phase: Phase, name: str) -> None:
        schedule, peak = self.schedule, self.peak(phase)
        if schedule.name == "step" and schedule.every > phase.epochs:
            raise ValueError(
                f"schedule.every is {schedule.every}; it is 1 to {phase.epochs}, the epochs of "
                f"{name}"
            )
        least = min(peak.trunk, peak.head)
        if schedule.floor > least:
            raise ValueError(
                f"schedule.floor is {schedule.floor:g}; it is 0 to {least:g}, the rate of {name}"
            )
        if schedule.name != "table":
            return
        if phase.lr is not None:
            raise ValueError(f"lr of {name} has no meaning beside a table of rates; leave it out")
        for part, table in (("trunk", schedule.trunk), ("head", schedule.head)):
            if table[-1][0] != phase.epochs:
                raise ValueError(
                    f"schedule.{part} ends with epoch {table[-1][0]}; "
                    f"it must end with {phase.epochs}, the last of {name}"
                )

    @property
    def epochs(self) -> int:
        """The epochs of all phases."""
        return sum(phase.epochs for phase in self.phases)

    def peak(self, phase: Phase) -> Rates:
        """Return the largest rates of a phase."""
        if self.schedule.name == "table":
            trunk, head = self.schedule.trunk, self.schedule.head
            return Rates(trunk=max(r for _, r in trunk), head=max(r for _, r in head))
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
