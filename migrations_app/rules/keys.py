"""How a row gets its source key (DESIGN.md 4): an id column, else compound columns, else a hash of what identifies it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

KEY_LENGTH = 255
Cells = Sequence[str]


def clean(text: str) -> str:
    """The text as it may be stored and compared: without NUL and without blanks around."""
    return text.replace("\0", "").strip()


def fit(key: str) -> str:
    """Longer keys end in a hash, so that two long keys with the same beginning stay two."""
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[: KEY_LENGTH - 17]}~{blake2b(key.encode(errors='replace'), digest_size=8).hexdigest()}"


def by_id(position: int) -> Callable[[Cells], str]:
    """Keys from one column; a row whose cell is empty gets a key from its whole content, marked by `~`."""
    fallback = by_content(())

    def key(cells: Cells) -> str:
        text = clean(cells[position])
        if len(text) > KEY_LENGTH:
            return fit(text)
        return text or fallback(cells)

    return key


def by_content(positions: Sequence[int], *, may_repeat: bool = False) -> Callable[[Cells], str]:
    """Weak keys: `~` and a hash of the folded cells at `positions` (all cells where none are given), plus the occurrence.

    A row that stands there once more letter for letter is the same record and gets the same key, unless rows `may_repeat`.
    """
    seen: Counter[bytes] = Counter()
    numbers: dict[bytes, int] = {}

    def key(cells: Cells) -> str:
        chosen = [cells[position] for position in positions] if positions else list(cells)
        digest = _digest(clean(cell).casefold() for cell in chosen)
        whole = b"" if may_repeat else _digest(cells)
        number = numbers.get(whole, 0)
        if not number:
            seen[digest] += 1
            number = seen[digest]
            if whole:
                numbers[whole] = number
        return f"~{digest.hex()}" if number == 1 else f"~{digest.hex()}-{number}"

    return key


def _digest(cells: Iterable[str]) -> bytes:
    return blake2b("\x1f".join(cells).encode(errors="replace"), digest_size=8).digest()
