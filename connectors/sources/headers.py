"""What a header says: the roles that its words may name in one object of a source system."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

from connectors.sources.spec import FieldSpec, ObjectSpec, SourceSystem
from connectors.sources.synonyms import small_words
from connectors.sources.wording import is_placeholder, spelling_variants, split

_LINKS = ("", "s", "n", "en", "es", "e")  # letters that join German, Dutch and Scandinavian compounds
DOUBTFUL = 0.93  # of a spelling that stands there with a `~`
_REMARK = re.compile(r"\s*[(\[{<][^()\[\]{}<>]*[)\]}>]\W*$")
_SPELLED_OUT = 0.95  # a header listed for one role is less likely put together to mean another

_small = small_words()


@dataclass(frozen=True, slots=True)
class Match:
    """`telling` where the header (or value) could hardly stand in a table of other things, as "Name" or "ID" could."""

    role: str
    certainty: float
    reason: str
    telling: bool = True


@dataclass(frozen=True, slots=True)
class _Named:
    """An object that a word names; `doubtful` where the word may mean another one."""

    object: str
    doubtful: bool


class HeaderReader:
    """Reads headers by the spellings of one source system. Building it takes a while: see `reader_for`."""

    def __init__(self, system: SourceSystem) -> None:
        self._system = system
        self._ids, self._names, self._fill, self._qualifiers, self._units = (
            _parts_of(words) for words in (_small.id, _small.name, _small.fill, _small.qualifiers, _small.units)
        )
        self._twins = _parts_of(system.twin_words)
        self._objects: dict[str, list[_Named]] = {}
        for spec in system.objects:
            for word in spec.words:
                named = _Named(spec.name, word.startswith("~"))
                for variant in spelling_variants(word):
                    self._objects.setdefault("".join(variant), []).append(named)
        self._spelled = {spec.name: _Spellings(spec) for spec in system.objects}
        self._own = {spec.name: _parts_of(spec.words) for spec in system.objects}
        self._matches: dict[tuple[str, str], list[Match]] = {}
        self._slips: dict[str, tuple[str, int]] = {}

    def matches(self, spec: ObjectSpec, header: str) -> list[Match]:
        """The roles of `spec` that the header may name, none twice."""
        known = self._matches.get((spec.name, header))
        if known is None:
            known = self._matches[spec.name, header] = list((self._roles(spec, header) or self._without_remark(spec, header)).values())
        return known

    def _without_remark(self, spec: ObjectSpec, header: str) -> dict[str, Match]:
        """ "E-mail (required)", "Amount [net]": what stands in brackets at the end is about the column, not its name."""
        bare = _REMARK.sub("", header)
        found = self._roles(spec, bare) if bare != header and bare else {}
        return {role: replace(match, certainty=match.certainty - 0.05) for role, match in found.items()}

    def can_read(self, header: str) -> bool:
        """True where a word of the header is known in some language, whatever it means here."""
        return not is_placeholder(header) and not self._known.isdisjoint(self._split_compounds(split(header)))

    def names_own_id(self, spec: ObjectSpec, header: str) -> bool:
        """True for "Company ID" in a table of companies, False for "ID"."""
        words = self._split_compounds(split(header))
        return bool(self._ids & set(words)) and any(
            named.object == spec.name and not named.doubtful for named in self._objects.get(self._rest(words), ())
        )

    def _roles(self, spec: ObjectSpec, header: str) -> dict[str, Match]:
        words = self._split_compounds(split(header))
        found = self._read(spec, header, words)
        if self._twins & set(words):
            return self._twin_roles(spec, header, words, found)
        return found or self._read_corrected(spec, header, words)

    def _twin_roles(self, spec: ObjectSpec, header: str, words: tuple[str, ...], found: Mapping[str, Match]) -> dict[str, Match]:
        """ "Saldo QB" is what "Saldo" would be, as QuickBooks has it."""
        plain = self._read(spec, header, _without(words, self._twins))
        twins = {field.role: plain[field.twin_of] for field in spec.fields if field.twin_of in plain}
        named = {role: replace(match, role=role, certainty=match.certainty - 0.02) for role, match in twins.items()}
        return named | {role: match for role, match in found.items() if spec.by_role[role].twin_of}

    def _read(self, spec: ObjectSpec, header: str, words: tuple[str, ...]) -> dict[str, Match]:
        found: dict[str, Match] = {}
        for match in self._by_spelling(spec, header, words):
            if match.role not in found or match.certainty > found[match.role].certainty:
                found[match.role] = match
        if whole := self._whole_name(spec, words, found):
            found[whole] = Match(whole, 0.96, f"'{header}' names the first and the last name")
        spelled_out = any(match.certainty >= _SPELLED_OUT for match in found.values())
        for match in self._by_grammar(spec, header, words):
            certainty = match.certainty - 0.03 if spelled_out else match.certainty
            if match.role not in found or certainty > found[match.role].certainty:
                found[match.role] = replace(match, certainty=certainty)
        return found

    def _by_spelling(self, spec: ObjectSpec, header: str, words: tuple[str, ...]) -> Iterator[Match]:
        own = self._own[spec.name]
        # "Contact Code" is the code of the contact: "Code" is no unit beside nothing but the object's own word.
        units = self._units if set(words) - own - self._ids - self._fill else self._units - self._ids
        shorter = (
            (words, 0.0),
            (_without(words, units), 0.01),
            (_without(words, self._qualifiers), 0.015),
            (_without(words, own), 0.02),
            (_without(words, own | units | self._qualifiers), 0.03),
        )
        for rest, price in shorter:
            for role, certainty in self._spelled[spec.name].look_up(rest, self._fill).items():
                yield Match(role, certainty - price, f"'{header}' is a known spelling of {role}")

    def _whole_name(self, spec: ObjectSpec, words: tuple[str, ...], found: Mapping[str, Match]) -> str:
        """The role of "Name, Vorname", "Nombre y apellidos" or "Ad Soyad", which are both at once; "" for other headers."""
        whole = next((role for role in ("full_name", "name") if role in spec.by_role), "")
        bare = _without(words, self._fill | self._own[spec.name])
        if not whole or "first_name" not in spec.by_role or not 2 <= len(bare) <= 3 or found.keys() & {"first_name", "last_name"}:
            return ""
        spelled = self._spelled[spec.name]
        first = [word for word in bare if "first_name" in spelled.look_up((word,), self._fill)]
        rest = [word for word in bare if word in self._names or "last_name" in spelled.look_up((word,), self._fill)]
        return whole if first and set(first + rest) == set(bare) and len(set(rest)) >= len(bare) - 1 else ""

    def _by_grammar(self, spec: ObjectSpec, header: str, words: tuple[str, ...]) -> Iterator[Match]:
        """Headers put together from an object's word and "ID" or "name": `Company ID`, `Name of client`, `Kundennummer`."""
        bare = set(words) - self._fill
        says_id, says_name = bool(bare & self._ids), bool(bare & self._names)
        rest = self._rest(words)
        qualified = 0.02 if bare & self._qualifiers else 0.0
        if says_id and says_name:
            return
        if not rest and (says_id or says_name):
            for match in _own_field(spec, header, says_id, 0.975 if "id" in bare else 0.955 if says_id else 0.95):
                yield replace(match, telling=False)
        for named in self._objects.get(rest, ()):
            price = qualified + (0.02 if named.doubtful else 0.0)
            if named.object == spec.name:
                yield from _own_field(spec, header, says_id, (0.985 if says_id else 0.965) - price)
            else:
                yield from _references(spec, header, named.object, says_id, says_name, price)

    def _read_corrected(self, spec: ObjectSpec, header: str, words: tuple[str, ...]) -> dict[str, Match]:
        """Only words that no language here knows are taken for slips of the pen, so "Contract" never becomes "Contact"."""
        corrected, slips = list(words), 0
        for position, word in enumerate(words):
            if word in self._known:
                continue
            if word not in self._slips:
                self._slips[word] = self._nearest(word)
            meant, distance = self._slips[word]
            if not meant:
                return {}
            corrected[position], slips = meant, slips + distance
        found = self._read(spec, header, tuple(corrected)) if slips else {}
        reason = f"'{header}' is close to '{' '.join(corrected)}'"
        return {
            role: replace(match, certainty=max(0.7, min(match.certainty, 0.9) - 0.05 * slips), reason=reason)
            for role, match in found.items()
        }

    def _nearest(self, word: str) -> tuple[str, int]:
        limit = 2 if len(word) >= 9 else 1 if len(word) >= 4 else 0
        for meant, distance, _ in (
            process.extract(word, self._correctable, scorer=OSA.distance, score_cutoff=limit, limit=5) if limit else ()
        ):
            swapped = sorted(meant) == sorted(word)
            if meant[0] == word[0] and (len(word) >= 5 or swapped):
                return meant, int(distance)
        return "", 0

    def _rest(self, words: Sequence[str]) -> str:
        return "".join(_without(words, self._ids | self._names | self._fill | self._qualifiers))

    def _split_compounds(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(part for word in words for part in self._parts(word))

    def _parts(self, word: str) -> tuple[str, ...]:
        if word in self._known or len(word) < 5:
            return (word,)
        for cut in range(len(word) - 2, 2, -1):
            head, tail = word[:cut], word[cut:]
            if tail not in self._known or (len(tail) == 2 and tail not in self._ids):
                continue
            for link in _LINKS:
                stem = head.removesuffix(link)
                if head.endswith(link) and len(stem) >= 3 and stem in self._known:
                    return (stem, tail)
        return (word,)

    @cached_property
    def _known(self) -> frozenset[str]:
        """Every word of every language; what is in here is not a typing mistake."""
        spelled = (word for index in self._spelled.values() for word in index.words)
        return frozenset(
            (
                *spelled,
                *chain.from_iterable(self._own.values()),
                *self._ids,
                *self._names,
                *self._fill,
                *self._qualifiers,
                *self._units,
                *self._twins,
            )
        )

    @cached_property
    def _correctable(self) -> list[str]:
        return sorted(word for word in self._known if len(word) >= 4)


class _Spellings:
    """The spellings of one object's fields, by their words in order and in any order."""

    def __init__(self, spec: ObjectSpec) -> None:
        self._exact: dict[str, dict[str, float]] = {}
        self._any_order: dict[tuple[str, ...], dict[str, float]] = {}
        self.words: set[str] = set()
        fill = _parts_of(_small.fill)
        for field in spec.fields:
            for rank, spelling in enumerate(field.spellings):
                certainty = DOUBTFUL if spelling.startswith("~") else 0.99 - 0.03 * rank / len(field.spellings)
                for words in spelling_variants(spelling):
                    self.words.update(words)
                    _keep_best(self._exact.setdefault("".join(words), {}), field.role, certainty)
                    _keep_best(self._any_order.setdefault(_bag(words, fill), {}), field.role, certainty - 0.01)

    def look_up(self, words: tuple[str, ...], fill: frozenset[str]) -> dict[str, float]:
        if not words:
            return {}
        return self._exact.get("".join(words)) or self._any_order.get(_bag(words, fill), {})


def _own_field(spec: ObjectSpec, header: str, says_id: bool, certainty: float) -> Iterator[Match]:
    roles = spec.key_roles if says_id else spec.label_roles
    for role in roles[:1]:
        yield Match(role, certainty, f"'{header}' reads as the {'id' if says_id else 'name'} of the record itself")


def _references(spec: ObjectSpec, header: str, target: str, says_id: bool, says_name: bool, price: float) -> Iterator[Match]:
    for field in spec.fields:
        certainty = _reference_certainty(field, says_id, says_name) if field.refers == target else 0.0
        if certainty:
            yield Match(field.role, certainty - price, f"'{header}' reads as a reference to {target}")


def _reference_certainty(field: FieldSpec, says_id: bool, says_name: bool) -> float:
    if field.type in {"ref", "owner"}:
        return 0.985 if says_id else 0.96 if says_name else 0.97
    if field.type == "text" and not says_id:
        return 0.955 if says_name else 0.95
    return 0.0


def _parts_of(spellings: Iterable[str]) -> frozenset[str]:
    return frozenset(part for spelling in spellings for variant in spelling_variants(spelling) for part in variant)


def _bag(words: Iterable[str], fill: frozenset[str]) -> tuple[str, ...]:
    kept = tuple(sorted(word for word in words if word not in fill))
    return kept or tuple(sorted(words))


def _without(words: Sequence[str], unwanted: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in unwanted)


def _keep_best(found: dict[str, float], role: str, certainty: float) -> None:
    found[role] = max(found.get(role, 0.0), certainty)


def surest(system: SourceSystem, spec: ObjectSpec, headers: Sequence[str], least: float) -> dict[str, int]:
    """{role: position} by what the headers say alone; each has one role, the one it fits best."""
    offers = [
        (match.certainty, -position, match.role)
        for position, header in enumerate(headers)
        for match in reader_for(system).matches(spec, header)
        if match.certainty >= least
    ]
    found: dict[str, int] = {}
    for _, behind, role in sorted(offers, reverse=True):
        if -behind not in found.values():
            found.setdefault(role, -behind)
    return found


@lru_cache(maxsize=8)
def reader_for(system: SourceSystem) -> HeaderReader:
    return HeaderReader(system)
