"""Writing a folder beside and renaming it, so that a result is whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.errors import OutputError, fault

_SIDECARS = ("-wal", "-shm", "-journal")
_LOCKS = ("~$", ".~lock")


@contextmanager
def replacing(folder: Path, mark: str) -> Iterator[Path]:
    """Give a new empty folder that takes the place of `folder` when the block ends well.

    Parameters
    ----------
    folder
        Where the result shall stand; an old result there stays whole until the new one is complete.
    mark
        File that shows a folder to be a result; a folder with other things only is refused.

    Raises
    ------
    OutputError
        When `folder` is something else than a result, or cannot be replaced.
    """
    target = folder.resolve()
    _prepare(target, mark)
    fresh = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        yield fresh
        _swap(fresh, target)
    except PermissionError as error:
        raise OutputError(fault("result_in_use", folder=folder, why=str(error))) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def copy_foreign(old: Path, new: Path, ours: Callable[[str], bool]) -> None:
    """Copy into `new` the files of `old` that are not `ours`: what a person has put there is kept.

    Locks and journals of programs that still have a file open stay behind.
    """
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old).as_posix()
        passing = path.name.startswith(_LOCKS) or path.name.endswith(_SIDECARS)
        if not path.is_file() or passing or ours(name) or (new / name).exists():
            continue
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, new / name)


def _prepare(target: Path, mark: str) -> None:
    old = _old(target)
    if not target.exists() and (old / mark).is_file():
        old.rename(target)  # a run was killed between the two renames of `_swap`
    if target.is_dir():
        if any(target.iterdir()) and not (target / mark).is_file():
            raise OutputError(fault("result_foreign_folder", folder=target))
    elif target.exists():
        raise OutputError(fault("result_is_file", path=target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(fault("result_not_written", folder=target, why=str(error))) from error


def _swap(fresh: Path, target: Path) -> None:
    old = _old(target)
    shutil.rmtree(old, ignore_errors=True)
    if not target.exists():
        fresh.rename(target)
        return
    target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
