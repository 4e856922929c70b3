"""How a row gets its source key (DESIGN.md 4): an id column, else compound columns, else a hash of what identifies it."""

import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

KEY_LENGTH = 255
Cells = Sequence[str]
_WEAK = re.compile(r"~[0-9a-f]{16}")


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


def by_content(positions: Sequence[int]) -> Callable[[Cells], str]:
    """Weak keys: `~` and a hash of the folded cells at `positions`, of all cells where none are given. Rows may share one."""

    def key(cells: Cells) -> str:
        chosen = [cells[position] for position in positions] if positions else cells
        return f"~{_digest(clean(cell).casefold() for cell in chosen)}"

    return key


def is_weak(key: str) -> bool:
    """Whether it was made of content, and has no number yet."""
    return _WEAK.fullmatch(key) is not None


def numbered(key: str, number: int) -> str:
    """The key of one of several rows that share a weak one, counted from 1."""
    return key if number == 1 else f"{key}-{number}"


def _digest(cells: Iterable[str]) -> str:
    return blake2b("\x1f".join(cells).encode(errors="replace"), digest_size=8).hexdigest()
