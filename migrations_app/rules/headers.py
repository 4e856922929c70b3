"""What the columns of a table are called."""

from collections.abc import Sequence


def unique_headers(headers: Sequence[str]) -> list[str]:
    """What rules are kept by: a header that stands twice gets its position behind it, a column without one is called by it."""
    seen: set[str] = set()
    unique = []
    for position, header in enumerate(headers, start=1):
        name = header or f"Column {position}"
        unique.append(name if name not in seen else f"{name} [{position}]")
        seen.add(name)
    return unique
