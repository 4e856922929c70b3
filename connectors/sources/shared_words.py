"""Words that all headers of a table share and that say nothing of the columns: `Contact.Email`, `tblContact_Email`, `3. Email`."""

from collections import Counter
from collections.abc import Sequence

from connectors.sources.headers import HeaderReader
from connectors.sources.spec import SourceSystem
from connectors.sources.wording import split

_LEAST_HEADERS = 3
_NEARLY_ALL = 0.8
_MOST_WORDS = 3


def without_shared_words(system: SourceSystem, reader: HeaderReader, headers: Sequence[str]) -> tuple[str, ...]:
    """The headers as they are, or without their common beginning where more of them can be read so."""
    words = [split(header) for header in headers]
    shared = _shared_start(words)
    if not shared:
        return tuple(headers)
    shorter = tuple(
        " ".join(found[len(shared) :]) if _begins(found, shared) else header for header, found in zip(headers, words, strict=True)
    )
    return shorter if _readable(system, reader, shorter) > _readable(system, reader, headers) else tuple(headers)


def _shared_start(words: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The words, or numbers of columns, with which nearly all headers begin and after which more follows; "" stands for any number."""
    filled = [found for found in words if found]
    if len(filled) < _LEAST_HEADERS:
        return ()
    shared: tuple[str, ...] = ()
    while len(shared) < _MOST_WORDS:
        following = [found[len(shared)] for found in filled if _begins(found, shared) and len(found) > len(shared) + 1]
        word, count = Counter("" if word.isdigit() else word for word in following).most_common(1)[0] if following else ("", 0)
        if count < _NEARLY_ALL * len(filled):
            break
        shared += (word,)
    return shared


def _begins(words: tuple[str, ...], shared: tuple[str, ...]) -> bool:
    return len(words) > len(shared) and all(
        wanted == word or (not wanted and word.isdigit()) for word, wanted in zip(words, shared, strict=False)
    )


def _readable(system: SourceSystem, reader: HeaderReader, headers: Sequence[str]) -> int:
    return sum(any(reader.matches(spec, header) for spec in system.objects) for header in headers)
