"""What can be put together or left out before solving without changing the best answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geo.kernels.siting import CoverTable, kept_sites
from geo.siting.prepare import BoolArray, Prepared
from geo.siting.problem import FloatArray, IntArray


@dataclass(frozen=True)
class MergedRows:
    """Demand rows that the same sites cover and the same needs count, put together.

    Attributes
    ----------
    cover
        Merged row x site.
    weight
        Sums of the weights.
    member
        Merged row x need.
    must
        Rows that every answer must cover, because a need asks for all of its weight.
    label
        Merged row of each demand row; -1 where nobody covers it or it has no weight.
    """

    cover: csr_array
    weight: FloatArray
    member: BoolArray
    must: BoolArray
    label: IntArray


def merge_rows(prepared: Prepared) -> MergedRows:
    """Put rows together that no answer can tell apart."""
    cover = prepared.cover
    rows = cover.shape[0]
    member = np.zeros((rows, len(prepared.needs)), dtype=bool)
    for index, need in enumerate(prepared.needs):
        member[:, index] = need.rows
    used = np.flatnonzero((np.diff(cover.indptr) > 0) & (prepared.weight > 0.0))
    label = np.full(rows, -1, dtype=np.int64)
    first, group = _same_rows(cover, used, member)
    label[used] = group
    weight: FloatArray = np.zeros(len(first))
    np.add.at(weight, group, prepared.weight[used])
    kept = used[first]
    start = np.concatenate([[0], np.cumsum(np.diff(cover.indptr)[kept])])
    entry = np.repeat(cover.indptr[kept] - start[:-1], np.diff(start)) + np.arange(start[-1])
    table = csr_array(
        (np.ones(len(entry)), cover.indices[entry], start), shape=(len(kept), cover.shape[1])
    )
    must = np.zeros(len(kept), dtype=bool)
    for index, need in enumerate(prepared.needs):
        if need.share >= 1.0:
            must |= member[kept, index]
    return MergedRows(table, weight, member[kept], must, label)


def _same_rows(cover: csr_array, used: IntArray, member: BoolArray) -> tuple[IntArray, IntArray]:
    """Group equal rows: first of each group (a place in `used`) and each row's group, by first appearance.

    Rows are compared by two sums of random numbers, then entry by entry, so that a chance match cannot merge them.
    """
    draw = np.random.default_rng(20260630)
    sizes = np.diff(cover.indptr)[used]
    keys = [sizes.astype(np.uint64)]
    for _ in range(2):
        random = draw.integers(0, 2**63, cover.shape[1], dtype=np.uint64)
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(random[cover.indices])])
        keys.append(sums[cover.indptr[used + 1]] - sums[cover.indptr[used]])
    if member.shape[1]:
        keys.append(np.unique(member[used], axis=0, return_inverse=True)[1].astype(np.uint64))
    first, group = _equal_keys(keys)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    first, group = first[order], place[group]
    if _all_equal(cover, used, used[first[group]]):
        return first, group
    return np.arange(len(used)), np.arange(len(used))


def _equal_keys(keys: list[npt.NDArray[np.uint64]]) -> tuple[IntArray, IntArray]:
    """Group places with equal keys: the first place of each group, and each place's group."""
    order = np.lexsort(keys)
    table = np.stack(keys)[:, order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (table[:, 1:] != table[:, :-1]).any(axis=0)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    return order[new], group


def _all_equal(cover: csr_array, rows: IntArray, others: IntArray) -> bool:
    """Tell whether each row has the same sites as the other beside it; sizes are known to be equal."""
    size = np.diff(cover.indptr)[rows]
    step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    mine = cover.indices[np.repeat(cover.indptr[rows], size) + step]
    theirs = cover.indices[np.repeat(cover.indptr[others], size) + step]
    return bool((mine == theirs).all())


def cover_table(
    prepared: Prepared, merged: MergedRows, fixed: BoolArray, urgency: float = 0.0
) -> CoverTable:
    """Lay the merged rows out for the kernels, with their needs where these are urgent."""
    rows = merged.cover
    columns = csr_array(rows.T.tocsr())
    sites = rows.shape[1]
    pairs = np.concatenate([prepared.clashes, prepared.clashes[:, ::-1]])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    clash_start = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=sites))])
    member = merged.member if urgency > 0.0 else merged.member[:, :0]
    helps = columns @ member.astype(np.float64) > 0.0
    return CoverTable(
        columns.indptr.astype(np.int64),
        columns.indices.astype(np.int32),
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int32),
        merged.weight,
        prepared.price.astype(np.float64),
        prepared.slot,
        clash_start.astype(np.int64),
        pairs[:, 1].astype(np.int32),
        fixed,
        *_listed(member),
        *_listed(helps),
        np.array([need.weight for need in prepared.needs[: member.shape[1]]], dtype=np.float64),
        urgency,
    )


def _listed(mask: BoolArray) -> tuple[IntArray, npt.NDArray[np.int32]]:
    """Turn rows of yes and no into starts and a list of the places that say yes."""
    row, column = np.nonzero(mask)
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(mask)))])
    return start.astype(np.int64), column.astype(np.int32)


def dominated(prepared: Prepared, merged: MergedRows) -> BoolArray:
    """Tell which free sites another one replaces at no loss.

    Not asked where sites differ in more than rows and price: distances, capacities, earlier answers, cover by two.
    """
    sites = prepared.cover.shape[1]
    plain = prepared.capacity is None and prepared.must_reach is None
    plain = plain and prepared.model != "backup" and not prepared.cuts
    if len(prepared.clashes) or not plain:
        return np.zeros(sites, dtype=bool)
    comparable: npt.NDArray[np.bool_] = prepared.free & ~prepared.closable
    table = cover_table(prepared, merged, prepared.fixed)
    empty = np.diff(table.site_start) == 0
    out: BoolArray = comparable & (empty | ~kept_sites(table, comparable))
    return out


def entries_left(merged: MergedRows, closed: BoolArray) -> int:
    """Return how many entries of the table belong to sites that may still be chosen."""
    return int((~closed[merged.cover.indices]).sum())
