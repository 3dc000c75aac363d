"""What each epoch measured, and what follows from it: the epoch that is kept
and the moment to stop."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fer_core.csv_files import read_csv
from fer_core.errors import FerError
from fer_core.files import atomic_path

MEASURES = ("loss", "accuracy", "macro_f1")
COLUMNS = (
    "epoch", "lr", *(f"train_{m}" for m in MEASURES), *(f"val_{m}" for m in MEASURES),
    "images_per_second", "seconds", "selected",
)  # fmt: skip
MEND = "delete the run.json beside it and run it again"
TIMES = ("images_per_second", "seconds")


@dataclass
class History:
    """The epochs of one run and the validation score that chooses among them."""

    select_by: str
    rows: list[dict[str, float]] = field(default_factory=list)

    @property
    def best(self) -> int:
        """Position of the best epoch so far; the earlier one wins a tie."""
        return self._best_by(self.select_by)

    def _best_by(self, measure: str) -> int:
        sign = 1 if measure == "loss" else -1
        return min(range(len(self.rows)), key=lambda i: sign * self.rows[i][f"val_{measure}"])

    def stops_early(self, patience: int | None, first: int = 0, measure: str | None = None) -> bool:
        """Say whether the last `patience` epochs, none of them before position `first`, brought no
        improvement of the measure; without one, of that which chooses the epoch."""
        if patience is None or not self.rows:
            return False
        best = self._best_by(measure or self.select_by)
        return len(self.rows) - 1 - max(best, first - 1) >= patience

    def column(self, name: str) -> list[float]:
        """Return one value per epoch."""
        return [row[name] for row in self.rows]

    def frame(self) -> pd.DataFrame:
        """Return the history as a table; `selected` is 1 for the epoch whose weights are kept."""
        table = pd.DataFrame(self.rows, columns=list(COLUMNS))
        best = self.best if self.rows else -1
        return table.assign(
            epoch=table["epoch"].astype(int), selected=[int(i == best) for i in table.index]
        )

    def write(self, path: Path) -> None:
        """Write `history.csv`, whole or not at all."""
        with atomic_path(path) as temporary:
            self.frame().to_csv(temporary, index=False)


def read_history(path: Path) -> pd.DataFrame:
    """Return the `history.csv` of a finished run; FerError where no epoch of it is kept."""
    table = read_csv(path, numbers=COLUMNS, way_out=MEND)
    if table["epoch"].isna().any() or not (table["selected"] == 1).any():
        raise FerError(f"{path} names no epoch that was kept; {MEND}")
    return table
