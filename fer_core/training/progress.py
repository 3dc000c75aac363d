"""What a run tells the world: `progress.json` about once a second, one line per epoch."""

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fer_core.errors import FerError
from fer_core.files import write_json
from fer_core.history import History
from fer_core.training.checkpoint import State

SHOW_SECONDS = 1.0


class DivergedError(FerError):
    """A loss that is no number any more."""


@dataclass
class Watch:
    """The clock of a run: times the steps, writes `progress.json`,
    and says when a checkpoint is due."""

    run_dir: Path
    epochs: int
    steps: int
    checkpoint_seconds: float
    last: float = field(default_factory=time.perf_counter)
    shown: float = -math.inf
    saved: float = field(default_factory=time.perf_counter)
    validation_seconds: float = 0.0

    def start(self) -> None:
        """Begin to time steps."""
        self.last = time.perf_counter()

    def step(self, state: State) -> bool:
        """Count a step; return True when a checkpoint is due.
        A loss that is not finite is a FerError."""
        now = time.perf_counter()
        state.tally.seconds += now - self.last
        self.last = now
        due = now - self.saved >= self.checkpoint_seconds
        if now - self.shown >= SHOW_SECONDS or due or state.step == self.steps:
            # Scores wait for the device, so they are not asked for at every step.
            self.show(state)
            self.shown = now
        if due:
            self.saved = now
        return due and state.step < self.steps

    def show(self, state: State) -> None:
        """Write `progress.json` after checking the loss."""
        scores = state.tally.scores()
        stop_if_diverged(
            scores["loss"], f"epoch {state.epoch + 1}, step {state.step}", self.run_dir
        )
        rate = state.tally.images / max(state.tally.seconds, 1e-9)
        left = (self.epochs - state.epoch) * self.steps - state.step
        per_step = state.tally.seconds / max(state.step, 1)
        eta = left * per_step + (self.epochs - state.epoch) * self.validation_seconds
        write_json(self.run_dir / "progress.json", {
            "epoch": state.epoch + 1, "epochs": self.epochs,
            "step": state.step, "steps": self.steps,
            **{name: round(value, 4) for name, value in scores.items()},
            "images_per_second": round(rate, 1), "eta_seconds": round(eta, 1),
            "updated": datetime.now(UTC).isoformat(timespec="seconds"),
        })  # fmt: skip


@dataclass
class Prediction:
    """Says in `progress.json` how far the images of one table are predicted."""

    run_dir: Path
    name: str
    total: int
    done: int = 0
    shown: float = -math.inf

    def advance(self, images: int) -> None:
        """Count `images` more."""
        self.done += images
        now = time.perf_counter()
        if now - self.shown >= SHOW_SECONDS or self.done == self.total:
            self.shown = now
            write_json(self.run_dir / "progress.json", {
                "predicting": self.name, "done": self.done, "total": self.total,
                "updated": datetime.now(UTC).isoformat(timespec="seconds"),
            })  # fmt: skip


def stop_if_diverged(loss: float, where: str, run_dir: Path) -> None:
    """Stop a run whose loss is not a number any more. The history stays; the checkpoint goes,
    because it can only lead to the same numbers again."""
    if not math.isfinite(loss):
        (run_dir / "checkpoint.pt").unlink(missing_ok=True)
        raise DivergedError(
            f"the loss is {loss} at {where}: training has diverged; "
            "lower lr or add warmup_epochs in the recipe"
        )


def epoch_line(history: History, epochs: int) -> str:
    """Return the last epoch as a line of text; * marks the best so far."""
    row = history.rows[-1]

    def scores(part: str, *names: str) -> str:
        return " ".join(
            f"{name.replace('_f1', '-F1')} {row[f'{part}_{name}']:.3f}" for name in names
        )

    parts = [
        f"epoch {row['epoch']:>3}/{epochs}",
        "train " + scores("train", "loss", "accuracy"),
        "validation " + scores("val", "loss", "accuracy", "macro_f1"),
        f"{row['images_per_second']:,.0f} images/s",
    ]
    return " | ".join(parts) + " *" * (history.best == len(history.rows) - 1)
