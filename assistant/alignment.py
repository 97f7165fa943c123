"""Where the clauses of a statement stand in its quotes: sign by sign, in order, in as few and as long runs as can be."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from assistant.atoms import Atom, Reading

Pair = tuple[int, int]  # a sign of the statement, and the sign of the quote it is

_JUMP, _START, _ELSEWHERE = 0.6, 1.0, 3.0  # cost of a gap inside a clause, to the start of another one, to its middle
_FOLLOWS = 0.4  # gained by a clause that goes on where the one before it ended
_RUN = 0.5  # gained by every sign that follows its neighbour: runs beat scattered signs
_WEIGHT = {"amount": 3.0, "date": 2.0, "mark": 2.0, "word": 2.0, "ban": 1.5, "modal": 1.5, "scope": 1.5, "join": 0.4}
_SINGLE = frozenset(("amount", "date", "mark", "word", "ban", "modal", "scope", "not"))
_FAINT = frozenset("的了是为在于之等")


def align(said: Sequence[tuple[int, Atom]], quote: Reading, previous: int) -> list[Pair]:
    """The best chain of equal signs for some signs of a statement (with their positions), rising on both sides.

    Sparse alignment with a fixed cost per gap: only pairs of equal signs are looked at, and of those that have no equal
    neighbour only the telling ones. `previous` is where the clause before this one ended in the quote: of two equal places the one that
    follows it is meant.
    """
    atoms, keys, starts = quote.atoms, quote.keys, quote.starts
    mine = [atom.key for _, atom in said]
    best: dict[Pair, tuple[float, Pair | None]] = {}
    no_pair: Pair | None = None
    highest = 0.0
    at: Pair | None = None
    everywhere = _Stairs()
    by_clause: dict[int, _Stairs] = defaultdict(_Stairs)
    for i, (_, atom) in enumerate(said):
        row = []
        telling, weight = atom.kind in _SINGLE, _weight(atom)
        for j in quote.places.get(mine[i], ()):
            linked = i > 0 and j > 0 and mine[i - 1] == keys[j - 1]
            if not (linked or telling or (i + 1 < len(mine) and j + 1 < len(keys) and mine[i + 1] == keys[j + 1])):
                continue
            score, before = (_FOLLOWS if previous < j <= previous + 2 else 0.0), no_pair
            found = by_clause[atoms[j].clause].below(j)
            if found and found[0] > _JUMP:
                score, before = found[0] - _JUMP, found[1]
            found, cost = everywhere.below(j), _START if j in starts else _ELSEWHERE
            if found and found[0] - cost > score:
                score, before = found[0] - cost, found[1]
            if linked and (run := best.get((i - 1, j - 1))) and run[0] + _RUN > score:
                score, before = run[0] + _RUN, (i - 1, j - 1)
            row.append((j, score + weight, before))
        for j, score, before in row:
            best[i, j] = (score, before)
            everywhere.add(j, score, (i, j))
            by_clause[atoms[j].clause].add(j, score, (i, j))
            if score > highest:
                highest, at = score, (i, j)
    chain: list[Pair] = []
    while at is not None:
        chain.append((said[at[0]][0], at[1]))
        at = best[at][1]
    return chain[::-1]


def _weight(atom: Atom) -> float:
    return 0.3 if atom.value in _FAINT else _WEIGHT.get(atom.kind, 1.0)


class _Stairs:
    """The highest score so far of any position below a given one."""

    __slots__ = ("_found", "_positions")

    def __init__(self) -> None:
        self._positions: list[int] = []
        self._found: list[tuple[float, Pair]] = []

    def below(self, position: int) -> tuple[float, Pair] | None:
        at = bisect_left(self._positions, position)
        return self._found[at - 1] if at else None

    def add(self, position: int, score: float, pair: Pair) -> None:
        at = bisect_left(self._positions, position)
        if at and self._found[at - 1][0] >= score:
            return
        if at < len(self._positions) and self._positions[at] == position:
            if self._found[at][0] >= score:
                return
            self._found[at] = (score, pair)
        else:
            self._positions.insert(at, position)
            self._found.insert(at, (score, pair))
        after = at + 1
        while after < len(self._positions) and self._found[after][0] <= score:
            del self._positions[after], self._found[after]
