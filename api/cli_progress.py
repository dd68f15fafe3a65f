"""Where long work stands: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from api.cli_click import said
from geo.messages import say


class CliProgress:
    """Takes reports as `geo.progress.Progress` asks; use it in a ``with`` block.

    Parameters
    ----------
    bars
        Whether to draw bars; by default when standard error is a terminal.
    """

    def __init__(self, bars: bool | None = None) -> None:
        self._begun: dict[str, float] = {}
        self._ended: set[str] = set()
        self._tasks: dict[str, TaskID] = {}
        self._bars: RichProgress | None = None
        if sys.stderr.isatty() if bars is None else bars:
            self._bars = RichProgress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )

    def __enter__(self) -> CliProgress:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` parts of `stage` are done."""
        if self._bars is None:
            self._line(stage, done, total)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(said(stage), total=max(total, 1))
        finished = total <= 0 or done >= total
        self._bars.update(self._tasks[stage], completed=max(total, 1) if finished else done)

    def _line(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        begun = self._begun.setdefault(stage, now)
        if done >= total and stage not in self._ended:
            self._ended.add(stage)
            line = say("cli_stage_done", {"stage": said(stage), "seconds": f"{now - begun:.1f}"})
            print(line, file=sys.stderr, flush=True)
