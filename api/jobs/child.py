"""The process of one job: ``python -m api.jobs.child``; its task comes as the first line of standard input.

Standard output carries lines of JSON: ``{"stage", "done", "total"}`` and, last, ``{"result"}``, ``{"problem"}`` or
``{"interrupted"}``. Standard input stays open as long as the service lives: its end is the end of this process.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import threading
import time
from io import TextIOWrapper
from typing import Any, BinaryIO, NoReturn

_GRACE_SECONDS = 5.0


def main() -> NoReturn:
    """Do the task and say how it ended."""
    lines = _own_output()
    # what a terminal sends to the whole group is for the service, which ends this process itself
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spoken = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_watch, args=(sys.stdin.buffer,), daemon=True).start()
    # not before somebody watches: these take seconds on a busy machine
    from api.jobs.tasks import Task, work
    from api.problems import problem_content
    from geo.errors import ServiceCircleError
    from geo.messages import set_language

    # until here there is nothing to clear away, and the system may end this process
    signal.signal(signal.SIGTERM, _stopped)
    set_language(spoken["lang"])

    def tell(**content: Any) -> None:
        lines.write(json.dumps(content, ensure_ascii=False) + "\n")
        lines.flush()

    try:
        result = work(
            Task.of(spoken), lambda stage, done, total: tell(stage=stage, done=done, total=total)
        )
        tell(result=result)
    except ServiceCircleError as error:
        tell(problem=problem_content(error))
    except KeyboardInterrupt:
        tell(interrupted=True)
    # all is said and on disk; taking the solvers down in order would cost seconds
    os._exit(0)


def _own_output() -> TextIOWrapper:
    """Keep standard output for the lines; what solvers print goes where errors go."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "w", encoding="utf-8", newline="\n")


def _stopped(*_: object) -> None:
    # so that a half-written result is cleared away
    raise KeyboardInterrupt


def _watch(stream: BinaryIO) -> None:
    """End this process when the service is no more."""
    while stream.read(1):
        pass
    _thread.interrupt_main(signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
