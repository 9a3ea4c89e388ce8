"""Matrix products in a table of sums of products: members that combine all of some rows with all of some columns."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np


class Part(NamedTuple):
    """Blocks of one shape: members[n, r, c] combines left[n, r] with right[n, c]."""

    members: np.ndarray
    left: np.ndarray  # (blocks, rows, terms)
    right: np.ndarray  # (blocks, columns, terms)


def find_blocks(u: np.ndarray, v: np.ndarray) -> list[Part]:
    """The members of a contraction, with terms u[m, k]·v[m, k], as blocks: all of some rows with all of some columns.

    The order of the terms in a member is free. Sorted by their right factors, the members that share those are found;
    where that finds no block, by their left factors.
    """
    best: list[Part] = []
    for first, second in ((v, u), (u, v)):
        order = np.lexsort((second, first), axis=1) if u.shape[1] > 1 else np.zeros(u.shape, dtype=np.intp)
        parts = _sorted_blocks(np.take_along_axis(u, order, 1), np.take_along_axis(v, order, 1))
        if not best or _products(parts) < _products(best):
            best = parts
        if len(best) == 1 and best[0].members.shape[0] == 1:
            break
    return best


def _products(parts: list[Part]) -> int:
    return sum(part.members.shape[0] for part in parts)


def _sorted_blocks(u: np.ndarray, v: np.ndarray) -> list[Part]:
    left, left_rows = _distinct(u)
    right, right_rows = _distinct(v)
    member = {}
    partners: dict[int, list[int]] = defaultdict(list)  # of each left row: the right rows that it is combined with
    twice = []
    for m, (r, c) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if (r, c) in member:
            twice.append(m)
        else:
            member[r, c] = m
            partners[r].append(c)
    blocks: dict[tuple[int, ...], list[int]] = defaultdict(list)  # right rows → left rows with just these
    for r, columns in partners.items():
        blocks[tuple(sorted(columns))].append(r)
    shapes: dict[tuple[int, int], list[tuple[list[int], tuple[int, ...]]]] = defaultdict(list)
    for same, rows in blocks.items():
        shapes[len(rows), len(same)].append((sorted(rows), same))
    parts = []
    for found in shapes.values():
        found.sort(key=lambda block: (block[0][0], block[1][0]))
        members = np.array([[[member[r, c] for c in columns] for r in rows] for rows, columns in found])
        parts.append(
            Part(
                members,
                left_rows[np.array([rows for rows, _ in found])],
                right_rows[np.array([columns for _, columns in found])],
            )
        )
    for m in twice:  # members that are equal but for the order of their terms
        parts.append(Part(np.array([[[m]]]), u[m][None, None], v[m][None, None]))
    return parts


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The position of each row among the distinct ones, and these, in lexicographic order."""
    first: dict[bytes, int] = {}
    kind = [first.setdefault(row.tobytes(), len(first)) for row in rows]
    places = np.zeros(len(first), dtype=np.intp)
    places[kind[::-1]] = np.arange(len(rows))[::-1]  # where each kind stands first
    distinct = rows[places]
    order = np.lexsort(distinct.T[::-1])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[kind], distinct[order]
