"""Where a run stands, and the file that lets a killed run go on with the same bits."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn
from torch.optim.swa_utils import AveragedModel

from fer_core.errors import FerError
from fer_core.files import atomic_path
from fer_core.history import History
from fer_core.training.average import start_average
from fer_core.training.identity import difference, of_today
from fer_core.training.metrics import Tally
from fer_core.training.optim import peaks_of
from fer_core.training.phases import Phases

FORMAT = 1
CHECKPOINT = "checkpoint.pt"


@dataclass
class State:
    """Everything that changes while a run trains.
    Random numbers need no place here: see `seeds`."""

    phases: Phases
    history: History
    tally: Tally
    phase: int = 0  # the present one
    first: int = 0  # epochs that were finished when it began
    epoch: int = 0  # epochs that are finished
    step: int = 0  # steps of the present epoch that are finished
    done: bool = False
    best: dict[str, torch.Tensor] = field(
        default_factory=dict
    )  # weights of the best epoch, on the CPU
    optimizer: torch.optim.Optimizer = field(init=False)
    peaks: list[float] = field(init=False)  # largest rates of the optimiser's groups
    parts: list[str] = field(init=False)  # trunk or head, of the same
    average: AveragedModel | None = field(init=False)  # of the weights, through all phases

    def __post_init__(self) -> None:
        """Begin the first phase."""
        self.average = start_average(self.net, self.phases.recipe.averaging)
        self.begin(0)

    @property
    def net(self) -> nn.Module:
        """The net that trains."""
        return self.phases.net

    @property
    def validated(self) -> nn.Module:
        """The net that is validated and kept: with the average of the weights, if there is one."""
        return self.net if self.average is None else self.average.module

    def begin(self, phase: int) -> None:
        """Begin a phase, with an optimiser that has seen nothing yet."""
        self.phase, self.first = phase, self.epoch
        self.optimizer = self.phases.begin(phase)
        self.peaks = peaks_of(self.optimizer)
        self.parts = self.phases.parts_of(phase, self.optimizer)

    def keep_weights(self) -> None:
        """Remember the present weights, or their average, as the best."""
        self.best = {
            name: value.detach().cpu().clone()
            for name, value in self.validated.state_dict().items()
        }

    def update_average(self) -> None:
        """Take the present weights into their average, if there is one."""
        if self.average is not None:
            self.average.update_parameters(self.net)

    def save(self, path: Path, identity: dict[str, Any]) -> None:
        """Write the checkpoint, whole or not at all. A full disk is a FerError
        and keeps the one before."""
        content = {
            "format": FORMAT, "identity": identity,
            "phase": self.phase, "first": self.first,
            "epoch": self.epoch, "step": self.step, "done": self.done,
            "net": self.net.state_dict(), "optimizer": self.optimizer.state_dict(),
            "history": self.history.rows, "tally": self.tally.state(), "best": self.best,
        }  # fmt: skip
        if self.average is not None:
            content["average"] = self.average.state_dict()
        # Through memory, because torch.save itself hides "no space left" in a RuntimeError.
        buffer = io.BytesIO()
        torch.save(content, buffer)
        with atomic_path(path) as temporary:
            temporary.write_bytes(buffer.getbuffer())

    def restore(self, path: Path, identity: dict[str, Any]) -> bool:
        """Go on from the checkpoint at `path` if there is one, and say whether there was.

        A checkpoint of another recipe, model or data is a FerError that names the first difference.
        """
        if not path.is_file():
            return False
        content = read_checkpoint(path)
        differs = difference(content["identity"], identity)
        if differs:
            raise FerError(
                f"{path} belongs to another run ({differs}); "
                "delete it to train from the start, or undo the change"
            )
        self.begin(content.get("phase", 0))  # there were none when some checkpoints were written
        self.first = content.get("first", 0)
        self.net.load_state_dict(content["net"])
        self.optimizer.load_state_dict(content["optimizer"])
        if self.average is not None:
            self.average.load_state_dict(content["average"])
        self.history.rows = content["history"]
        self.tally.load(content["tally"])
        self.epoch, self.step, self.done = content["epoch"], content["step"], content["done"]
        self.best = content["best"]
        return True


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running any code in it; a damaged one is a FerError."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise FerError(f"{path} cannot be read; delete it to train from the start") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FerError(
            f"{path} is not a checkpoint of this version; delete it to train from the start"
        )
    try:
        content["identity"] = of_today(content["identity"])
    except (KeyError, ValidationError) as error:
        raise FerError(
            f"{path} is of settings that this version lacks; delete it to train from the start"
        ) from error
    return content
