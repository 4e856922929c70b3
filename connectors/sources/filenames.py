"""What the name of a file, its folders and its sheet say about the object inside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from connectors.sources.spec import SourceSystem
from connectors.sources.wording import spelling_variants, split

_ENDINGS = frozenset({"csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "json", "zip", "tab"})
_NOT_TAKEN = ""
TELLING = 0.3  # the share of an object that the last word of a file's name says

Told = Mapping[str, Mapping[str, str]]  # by object: what the file's name says about all rows


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """`shares` (0 to 0.3) by object; `not_taken` where the name is that of something the system keeps but nobody moves."""

    shares: Mapping[str, float] = field(default_factory=dict)
    not_taken: bool = False


def file_evidence(system: SourceSystem, file: str, told: Told) -> FileEvidence:
    """The sheet, given as the last part of the path, says more than the file, the file more than its folders.

    What happened is a name of its own where it is told together with whom it concerns, and only one object can mean it.
    """
    known = _known_names(system)
    shares: dict[str, float] = {}
    for part in reversed(file.replace("\\", "/").split("/")):
        named = _named(known, [word for word in split(part) if word not in _ENDINGS])
        if not shares and named and named[-1] == {_NOT_TAKEN}:
            return FileEvidence(not_taken=True)
        strongest = 0.1 if shares else TELLING
        for distance, objects in enumerate(reversed(named)):
            for name in objects - {_NOT_TAKEN}:
                shares[name] = max(shares.get(name, 0.0), strongest if distance == 0 else strongest * 0.7)
    decided = [name for name, constants in told.items() if any(system.field(name, role).reads for role in constants)]
    if len(decided) == 1 and len(told[decided[0]]) > 1:
        shares[decided[0]] = TELLING
    return FileEvidence(shares)


def _named(known: Mapping[tuple[str, ...], set[str]], words: Sequence[str]) -> list[set[str]]:
    """What the words name, in order; longer names win, so that "sales reps" are users and no sales."""
    found: list[set[str]] = []
    position = 0
    while position < len(words):
        for length in (4, 3, 2, 1):
            objects = known.get(tuple(words[position : position + length]))
            if objects and position + length <= len(words):
                found.append(objects)
                position += length
                break
        else:
            position += 1
    return found


@lru_cache(maxsize=8)
def _known_names(system: SourceSystem) -> Mapping[tuple[str, ...], set[str]]:
    known: dict[tuple[str, ...], set[str]] = {}
    for name in system.not_taken:
        known.setdefault(split(name), set()).add(_NOT_TAKEN)
    for spec in system.objects:
        for name in spec.file_spellings:
            for words in spelling_variants(name):
                known.setdefault(words, set()).add(spec.name)
    return known
