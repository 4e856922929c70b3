"""A small sample in which everything occurs: which records to take, by what they show. Pure, and bounded in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappush, heappushpop

KEPT_EACH = 3  # candidates kept for each thing that shall occur
FEATURES_AT_MOST = 5000


@dataclass(slots=True)
class Candidates:
    """What one look at all records leaves: for everything that occurs the first few that show it, and some of each kind by chance.

    `spare` are picked by a hash of the key, so the same records make the same sample.
    """

    spares: int
    features: dict[int, frozenset[str]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    _spare: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def look(self, record: int, entity: str, key: str, shows: Iterable[str]) -> None:
        mine = [each for each in shows if each in self.seen or len(self.seen) < FEATURES_AT_MOST]
        if any(self.seen.get(each, 0) < KEPT_EACH for each in mine):
            self.features[record] = frozenset(mine)
            for each in mine:
                self.seen[each] = self.seen.get(each, 0) + 1
        self._spare_one(entity, record, key)

    def spare(self) -> list[int]:
        """Records by chance, the kinds by turns."""
        ordered = [[record for _, record in sorted(each, reverse=True)] for each in self._spare.values()]
        longest = max((len(each) for each in ordered), default=0)
        return [each[at] for at in range(longest) for each in ordered if at < len(each)]

    def _spare_one(self, entity: str, record: int, key: str) -> None:
        heap = self._spare.setdefault(entity, [])
        chance = -int.from_bytes(blake2b(key.encode(errors="replace"), digest_size=8).digest(), "big")
        if len(heap) < self.spares:
            heappush(heap, (chance, record))
        elif self.spares:
            heappushpop(heap, (chance, record))


def cover(features: Mapping[int, frozenset[str]], there: Collection[int] = ()) -> list[int]:
    """Few records that together show everything, greedily, beside those that are `there` already; in the order of choice."""
    left = set().union(*features.values()) if features else set()
    for record in there:
        left -= features.get(record, frozenset())
    chosen: list[int] = []
    waiting = {record: len(shows & left) for record, shows in features.items() if shows & left}
    while left and waiting:
        record = _richest(waiting, features, left)
        chosen.append(record)
        left -= features[record]
        del waiting[record]
    return chosen


def _richest(waiting: dict[int, int], features: Mapping[int, frozenset[str]], left: set[str]) -> int:
    """The record that shows most of what is left. Counts of before are upper bounds, so few are counted anew."""
    while True:
        record = min(waiting, key=lambda each: (-waiting[each], each))
        count = len(features[record] & left)
        if count == waiting[record]:
            return record
        waiting[record] = count


def fill(sample: set[int], more: Sequence[int], with_parents: Mapping[int, frozenset[int]], size: int) -> set[int]:
    """`sample` and as many of `more`, in their order and each with what it hangs on, as fit into `size`."""
    filled = set(sample)
    for record in more:
        new = ({record} | with_parents.get(record, frozenset())) - filled
        if len(filled) + len(new) <= size:
            filled |= new
    return filled
