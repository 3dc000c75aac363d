"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

SECONDS_BETWEEN_LINES = 2.0


class Progress:
    """Counts images of one piece of work; a context manager. `shown=False` is silent."""

    def __init__(self, title: str, total: int, shown: bool = True):
        self.title, self.total, self.done = title, total, 0
        self._started = time.monotonic()
        self._last_line = self._started
        self._plain = shown and not sys.stderr.isatty()
        self._bar: Bar | None = None
        if shown and sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True))
            self._task = self._bar.add_task(title, total=total)

    def __enter__(self) -> "Progress":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
        if self._plain and kind is None:
            self._line()

    def advance(self, images: int) -> None:
        """Count `images` more."""
        self.done += images
        if self._bar:
            self._bar.update(self._task, completed=self.done)
        elif self._plain and time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._line()

    def _line(self) -> None:
        self._last_line = time.monotonic()
        rate = self.done / max(self._last_line - self._started, 1e-9)
        text = f"{self.title}: {self.done:,} of {self.total:,} images, {rate:,.0f} images/s"
        print(text, file=sys.stderr, flush=True)
