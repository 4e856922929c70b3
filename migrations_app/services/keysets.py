"""A million keys in eight megabytes."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b


class KeySet:
    """Remembers keys by 64-bit marks; asking sorts them once."""

    def __init__(self) -> None:
        self._marks = array("Q")
        self._sorted = True

    def add(self, keys: Iterable[str]) -> None:
        self._marks.extend(map(_mark, keys))
        self._sorted = False

    def __contains__(self, key: object) -> bool:
        if not self._sorted:
            self._marks = array("Q", sorted(self._marks))
            self._sorted = True
        mark = _mark(str(key))
        at = bisect_left(self._marks, mark)
        return at < len(self._marks) and self._marks[at] == mark


def _mark(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(errors="replace"), digest_size=8).digest(), "big")
