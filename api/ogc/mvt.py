"""Mapbox Vector Tile 2.1 written from arrays: geometry commands, tags and values as one stream of varints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
POINT, LINE, POLYGON = 1, 2, 3
EXTENT = 4096
_MOVE, _LINE_TO, _CLOSE = 1, 2, 15


@dataclass(frozen=True)
class Geometry:
    """Drawing commands of features.

    Attributes
    ----------
    feature
        Which feature, one entry each.
    kind
        ``POINT``, ``LINE`` or ``POLYGON``, one entry each.
    stream, offset
        Commands of feature i are ``stream[offset[i]:offset[i + 1]]``.
    """

    feature: Longs
    kind: Longs
    stream: Longs
    offset: Longs


@dataclass(frozen=True)
class Values:
    """The values a column can have, written out one after another.

    Attributes
    ----------
    code
        Of every row: number of its value, -1 for none.
    raw, offset
        Value i as a field of the layer is ``raw[offset[i]:offset[i + 1]]``.
    """

    name: str
    code: npt.NDArray[np.int32]
    raw: Bytes
    offset: Longs


def commands(xy: Longs, path: Longs, owner: Longs, kind: int) -> Geometry:
    """Write paths as drawing commands.

    Parameters
    ----------
    xy
        Vertices in units of the tile, y downwards; rings without their last vertex.
    path
        Path of every vertex, ascending from 0. All points of a feature are one path.
    owner
        Feature of every path, ascending.
    """
    feature = owner[path]
    first = np.ones(len(xy), dtype=bool)
    first[1:] = feature[1:] != feature[:-1]
    moved = np.diff(xy, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    moved[first] = xy[first]
    moved = (moved << 1) ^ (moved >> 63)
    begins, ends = np.ones(len(xy), dtype=bool), np.ones(len(xy), dtype=bool)
    begins[1:] = path[1:] != path[:-1]
    ends[:-1] = begins[1:]
    count = np.bincount(path)
    # a path begins with a move; lines go on with "line to", rings end with "close"
    before = begins.astype(np.int64)
    between = before if kind != POINT else np.zeros(len(xy), dtype=np.int64)
    after = (ends & (kind == POLYGON)).astype(np.int64)
    at = np.concatenate(([0], np.cumsum(before + 2 + between + after)))
    stream = np.zeros(at[-1], dtype=np.int64)
    where = at[:-1]
    stream[where[begins]] = (count << 3) | _MOVE if kind == POINT else (1 << 3) | _MOVE
    stream[where + before] = moved[:, 0]
    stream[where + before + 1] = moved[:, 1]
    if kind != POINT:
        stream[where[begins] + 3] = ((count - 1) << 3) | _LINE_TO
    if kind == POLYGON:
        stream[at[1:][ends] - 1] = _CLOSE
    offset = np.append(where[first], at[-1])
    drawn = feature[first]
    return Geometry(drawn, np.full(len(drawn), kind, dtype=np.int64), stream, offset)


def joined(parts: Sequence[Geometry]) -> Geometry:
    """Put geometries of several kinds behind one another."""
    lengths = np.concatenate([np.diff(one.offset) for one in parts])
    return Geometry(
        np.concatenate([one.feature for one in parts]),
        np.concatenate([one.kind for one in parts]),
        np.concatenate([one.stream for one in parts]),
        np.concatenate(([0], np.cumsum(lengths))),
    )


def layer_bytes(name: str, geometry: Geometry, rows: Longs, columns: Sequence[Values]) -> bytes:
    """Write a tile of one layer.

    Parameters
    ----------
    rows
        Row of every feature of `geometry`, for its values and its id.
    """
    tags, tag_offset, values = _tags(rows, columns)
    drawn = _fields(rows, tags, tag_offset, geometry)
    keys = b"".join(_text_field(0x1A, one.name) for one in columns)
    version, extent = b"\x78\x02", b"\x28" + _varint(EXTENT)
    body = b"".join([version, _text_field(0x0A, name), drawn, keys, values, extent])
    return b"\x1a" + _varint(len(body)) + body


def values_of_floats(name: str, column: npt.NDArray[np.float64]) -> Values:
    """Write a column of numbers; nan is no value."""
    known = ~np.isnan(column)
    different, inverse = np.unique(column[known], return_inverse=True)
    code = np.full(len(column), -1, dtype=np.int32)
    code[known] = inverse
    raw = np.zeros((len(different), 11), dtype=np.uint8)
    raw[:, :3] = (0x22, 9, 0x19)
    raw[:, 3:] = different.astype("<f8").view(np.uint8).reshape(-1, 8)
    return Values(name, code, raw.ravel(), np.arange(len(different) + 1, dtype=np.int64) * 11)


def values_of(
    name: str, code: npt.NDArray[np.int32], different: Sequence[str | int | bool]
) -> Values:
    """Write a column of text, whole numbers or flags by its different values."""
    parts = [_value_field(one) for one in different]
    lengths = np.array([len(one) for one in parts], dtype=np.int64)
    raw = np.frombuffer(b"".join(parts), dtype=np.uint8)
    return Values(name, code, raw, np.concatenate(([0], np.cumsum(lengths))))


def _tags(rows: Longs, columns: Sequence[Values]) -> tuple[Longs, Longs, bytes]:
    """Number the values that rows have, column after column; return tags by row, their offsets, the values."""
    number = np.full((len(rows), len(columns)), -1, dtype=np.int64)
    parts, base = [], 0
    for place, one in enumerate(columns):
        code = one.code[rows]
        used = np.flatnonzero(np.bincount(code[code >= 0], minlength=1))
        if not len(one.offset) - 1 or not (code >= 0).any():
            continue
        renumbered = np.zeros(used[-1] + 1, dtype=np.int64)
        renumbered[used] = np.arange(base, base + len(used))
        number[:, place] = np.where(code >= 0, renumbered[np.maximum(code, 0)], -1)
        parts.append(_taken(one.raw, one.offset, used))
        base += len(used)
    there = number >= 0
    row, column = np.nonzero(there)
    tags = np.column_stack((column, number[row, column])).ravel()
    offset = np.concatenate(([0], np.cumsum(2 * there.sum(axis=1))))
    return tags, offset, b"".join(parts)


def _fields(rows: Longs, tags: Longs, tag_offset: Longs, geometry: Geometry) -> bytes:
    """Write the features: every one is a row of numbers, so all of them are one stream of varints."""
    tag_count, stream_count = np.diff(tag_offset), np.diff(geometry.offset)
    tag_size = _summed(_sizes(tags), tag_offset)
    stream_size = _summed(_sizes(geometry.stream), geometry.offset)
    # 0x08 id, 0x12 size tags, 0x18 kind, 0x22 size commands
    body = 6 + _sizes(rows) + _sizes(tag_size) + tag_size + _sizes(stream_size) + stream_size
    begin = np.concatenate(([0], np.cumsum(10 + tag_count + stream_count)))
    numbers = np.zeros(begin[-1], dtype=np.int64)
    head, rest = begin[:-1], begin[:-1] + 6 + tag_count
    for place, value in enumerate((0x12, body - 1, 0x08, rows, 0x12, tag_size)):
        numbers[head + place] = value
    for place, value in enumerate((0x18, geometry.kind, 0x22, stream_size)):
        numbers[rest + place] = value
    numbers[_spread(head + 6, tag_count)] = tags
    numbers[_spread(rest + 4, stream_count)] = geometry.stream
    return _varints(numbers)


def _spread(start: Longs, count: Longs) -> Longs:
    """Return start, start + 1 … for every start, count numbers each."""
    before = np.cumsum(count) - count
    return np.repeat(start - before, count) + np.arange(int(count.sum()))


def _summed(value: Longs, offset: Longs) -> Longs:
    total = np.concatenate(([0], np.cumsum(value)))
    return total[offset[1:]] - total[offset[:-1]]


def _sizes(value: Longs) -> Longs:
    """Return how many bytes numbers take as varints."""
    size = np.ones(len(value), dtype=np.int64)
    limit, most = 128, int(value.max(initial=0))
    while limit <= most:
        size += value >= limit
        limit <<= 7
    return size


def _varints(value: Longs) -> bytes:
    size = _sizes(value)
    end = np.cumsum(size)
    start = end - size
    out = np.empty(int(size.sum()), dtype=np.uint8)
    place = 0
    while len(value):
        longer = value >> 7
        more = longer > 0
        out[start + place] = (value & 127) | (more.view(np.uint8) << 7)
        value, start, place = longer[more], start[more], place + 1
    return out.tobytes()


def _taken(raw: Bytes, offset: Longs, which: Longs) -> bytes:
    count = offset[which + 1] - offset[which]
    return raw[_spread(offset[which], count)].tobytes()


def _value_field(value: str | int | bool) -> bytes:
    if isinstance(value, bool):
        body = b"\x38" + (b"\x01" if value else b"\x00")
    elif isinstance(value, int):
        body = b"\x30" + _varint((value << 1) ^ (value >> 63))
    else:
        body = _text_field(0x0A, value)
    return b"\x22" + _varint(len(body)) + body


def _text_field(key: int, text: str) -> bytes:
    raw = text.encode("utf-8")
    return bytes([key]) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
