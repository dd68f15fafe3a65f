"""Columns of arrays: read-only, of the type kernels are compiled for, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.errors import Fault, fault


def freeze(instance: object, kinds: Mapping[str, Any]) -> None:
    """Replace columns of a frozen dataclass by contiguous read-only views of the wanted types."""
    for name, kind in kinds.items():
        values = getattr(instance, name)
        if values is not None:
            flat = np.ascontiguousarray(values, kind).view()
            flat.flags.writeable = False
            object.__setattr__(instance, name, flat)


def index_faults(what: str, values: npt.NDArray[Any], count: int) -> Iterator[Fault]:
    """Find indices that are not whole numbers, or outside ``0 <= index < count``."""
    if values.size and values.dtype.kind not in "iu":
        yield fault("index_not_whole", what=what, kind=str(values.dtype))
        return
    where = np.flatnonzero((values < 0) | (values >= count))
    if len(where):
        first = int(where[0])
        yield fault(
            "index_out_of_range",
            what=what,
            count=len(where),
            first=first,
            value=int(values[first]),
            largest=count - 1,
        )


def length_faults(**columns: npt.NDArray[Any]) -> Iterator[Fault]:
    """Find columns that are not one-dimensional or not as long as the first of them."""
    wanted = next(iter(columns.values())).size
    for name, values in columns.items():
        if values.ndim != 1:
            yield fault("column_not_flat", what=name, shape=str(values.shape))
        elif values.size != wanted:
            yield fault("lengths_differ", what=name, found=values.size, wanted=wanted)


def fraction_faults(what: str, values: npt.NDArray[np.float64]) -> Iterator[Fault]:
    """Find fractions outside 0 to 1."""
    inside = (values >= 0.0) & (values <= 1.0)
    yield from faults_where("fraction_out_of_range", what, values, ~inside)


def faults_where(
    code: str, what: str, values: npt.NDArray[Any], wrong: npt.NDArray[np.bool_]
) -> Iterator[Fault]:
    """Make one fault of all wrong values: how many, the first one and where it stands."""
    where = np.flatnonzero(wrong)
    if len(where):
        first = int(where[0])
        yield fault(code, what=what, count=len(where), first=first, value=values[first].item())
