"""Which object a table holds and what its columns mean: by the file's name, the headers, the values and the other tables.

Everything here is a proposal with a certainty and a reason; a person sees and edits it.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain

from connectors.records import Recognition, TableShape
from connectors.sources.filenames import TELLING, FileEvidence, Told, file_evidence
from connectors.sources.guessing import READ, guess, lone
from connectors.sources.headers import DOUBTFUL, Match, reader_for
from connectors.sources.landmarks import NO_LANDMARKS, Landmarks, cell, gather
from connectors.sources.shared_words import without_shared_words
from connectors.sources.spec import FieldSpec, ObjectSpec, SourceSystem
from connectors.sources.values import Values, agreement, describe, has_looks, holds_words_of, unlike_text
from connectors.sources.wording import is_placeholder, key

Sample = Sequence[Sequence[str]]

SURE = 0.95  # an exact spelling; below it a declared custom field goes first
_DECLARED_WEIGHT = 0.5  # a column that the customer declared for this object speaks for the object, too
_TOLD = 0.5  # a name that says what all rows are: "Spring sale - Opened"
_PROVEN = 0.4  # the key of each row has a shape that only such records have
_LEAST = 0.65  # a doubtful spelling that its values contradict as well is not believed


@dataclass(frozen=True, slots=True)
class _Table:
    file: str
    headers: tuple[str, ...]
    rows: Sample
    columns: Mapping[int, Values]
    named: FileEvidence
    told: Told

    @property
    def headless(self) -> bool:
        return all(is_placeholder(header) for header in self.headers)

    def is_foreign(self, system: SourceSystem, position: int) -> bool:
        """Whether a column's values look like the keys of another program's records."""
        keys = (spec.by_role[role] for spec in system.objects if spec.foreign for role in spec.key_roles)
        return any(has_looks(key, self.columns[position]) for key in keys)


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a table suits one object; `score` compares objects, `coverage` is the share of columns understood."""

    spec: ObjectSpec
    roles: Mapping[int, Match]
    coverage: float
    score: float
    told: Mapping[str, str]


def table_name(shape: TableShape) -> str:
    """The name to recognise a table by: the file, and the sheet as a last part of its path."""
    return f"{shape.file}/{shape.sheet}" if shape.sheet else shape.file


def recognise(
    system: SourceSystem, file: str, headers: Sequence[str], sample: Sample, *, landmarks: Landmarks = NO_LANDMARKS
) -> Recognition:
    """One table by itself. `file` may carry the sheet (`table_name`). A table that fits nothing has the object ""."""
    return _recognise(system, _table(system, file, headers, sample), landmarks)


def recognise_package(system: SourceSystem, tables: Sequence[tuple[str, Sequence[str], Sample]]) -> list[Recognition]:
    """All tables of a package, in order. Ids and names seen in one table settle what the columns of the others point to."""
    prepared = [_table(system, file, headers, sample) for file, headers, sample in tables]
    found = [_recognise(system, table, NO_LANDMARKS) for table in prepared]
    for _ in range(2):  # the second look has the ids, the third the columns that only those ids explained
        landmarks = gather(system, [(one, table.columns, table.rows) for one, table in zip(found, prepared, strict=True)])
        found = [_recognise(system, table, landmarks) for table in prepared]
    told = [_told_by_name(system, table) for table in prepared]
    listed = {one.object for one, specs in zip(found, told, strict=True) if not specs}
    for at, specs in enumerate(told):
        if specs and found[at].object in listed and (meant := _recognise(system, prepared[at], landmarks, specs)).object:
            found[at] = meant
    return found


def _told_by_name(system: SourceSystem, table: _Table) -> list[ObjectSpec]:
    """What a name such as "Spring sale - members" makes of a table, however much contacts of another file stand in it again."""
    named = (spec for spec in system.objects if table.named.shares.get(spec.name, 0.0) >= TELLING)
    return [spec for spec in named if table.told.get(spec.name)]


def _table(system: SourceSystem, file: str, headers: Sequence[str], sample: Sample) -> _Table:
    columns = {position: describe([cell(row, position) for row in sample]) for position in range(len(headers))}
    told = {spec.name: constants for spec in system.objects if (constants := system.constants(file, spec.name))}
    plain = without_shared_words(system, reader_for(system), headers)
    return _Table(file, plain, sample, columns, file_evidence(system, file, told), told)


def _recognise(system: SourceSystem, table: _Table, landmarks: Landmarks, specs: Sequence[ObjectSpec] = ()) -> Recognition:
    """One of `specs`, where some are given."""
    if table.named.not_taken or not table.headers:
        return Recognition("", 0.0)
    fits = [_fit(system, spec, table, landmarks) for spec in specs or _candidates(system, table)]
    possible = [fit for fit in fits if _is_possible(fit, table) and not (fit.spec.foreign and _has_our_id(system, fit, table))]
    best = max(_told_of(possible) or possible, key=lambda fit: fit.score, default=None)
    if best is None:
        return Recognition("", 0.0)
    confidence = min(0.99, 0.65 * best.coverage + table.named.shares.get(best.spec.name, 0.0) + 0.01 * min(len(best.roles), 10))
    return Recognition(
        object=best.spec.name,
        confidence=round(min(confidence, 0.6) if table.headless else confidence, 2),
        roles={position: match.role for position, match in sorted(best.roles.items())},
        certainty={position: round(match.certainty, 2) for position, match in sorted(best.roles.items())},
        reasons={position: match.reason for position, match in sorted(best.roles.items())},
        constants=best.told,
    )


def _has_our_id(system: SourceSystem, fit: _Fit, table: _Table) -> bool:
    """Whether a column beside the key of another program's record is the id of one of ours."""
    reader, ours = reader_for(system), [spec for spec in system.objects if not spec.foreign]
    unique = [header for at, header in enumerate(table.headers) if at not in fit.roles and table.columns[at].is_unique]
    return any(reader.names_own_id(spec, header) for spec in ours for header in unique)


def _told_of(fits: Sequence[_Fit]) -> list[_Fit]:
    """The contacts who opened a mail are listed with all that contacts have: where the file's name says what happened, it decides."""
    decided = any(fit.spec.by_role[role].reads for fit in fits for role in fit.told)
    return [fit for fit in fits if fit.told] if decided else []


def _candidates(system: SourceSystem, table: _Table) -> Sequence[ObjectSpec]:
    """Where no header says anything, a telling name of the file says it all."""
    named = [spec for spec in system.objects if table.named.shares.get(spec.name, 0.0) >= TELLING]
    return named if named and table.headless else system.objects


def _fit(system: SourceSystem, spec: ObjectSpec, table: _Table, landmarks: Landmarks) -> _Fit:
    roles = _roles(system, spec, table, landmarks)
    weights = {field.role: sum(field.role in other.by_role for other in system.objects) ** -0.5 for field in spec.fields}
    understood = sum(weights[match.role] * match.certainty for match in roles.values())
    own = landmarks.declared.get(spec.name, frozenset())
    others = [key(header) for position, header in enumerate(table.headers) if position not in roles and header.strip()]
    understood += _DECLARED_WEIGHT * sum(header in own for header in others)
    unknown = sum(header not in own for header in others)
    coverage = understood / (understood + 0.35 * unknown) if understood else 0.0
    own_id = any(match.role in spec.key_roles and reader_for(system).names_own_id(spec, table.headers[at]) for at, match in roles.items())
    told = _told(spec, table, {match.role for match in roles.values()})
    named = table.named.shares.get(spec.name, 0.0)
    score = coverage + 0.04 * understood + named + (0.15 if own_id else 0.0) + (_TOLD if told else 0.0)
    score += _PROVEN if _is_proven(spec, roles, table) else 0.0
    return _Fit(spec, roles, coverage, score, told)


def _is_proven(spec: ObjectSpec, roles: Mapping[int, Match], table: _Table) -> bool:
    """A table of people may print the key of another program, too; there each row has a first and a last name."""
    at = {match.role: table.columns[position] for position, match in roles.items()}
    people = all(role in at and at[role].filled >= 0.9 * at[role].rows for role in ("first_name", "last_name"))
    keys = [at[role] for role in spec.key_roles if role in at and has_looks(spec.by_role[role], at[role])]
    return any(values.is_unique for values in keys) and not people


def _told(spec: ObjectSpec, table: _Table, roles: Set[str]) -> dict[str, str]:
    """What only the name of the file says; the reference of a record to its parent has no second column that says it."""
    taken = roles | {field.role for field in spec.fields if field.refers and field.refers in {spec.by_role[role].refers for role in roles}}
    if spec.name not in table.named.shares:
        return {}
    return {role: text for role, text in table.told.get(spec.name, {}).items() if role not in taken}


def _is_possible(fit: _Fit, table: _Table) -> bool:
    """A file that says nothing by its name must say the more by its headers; where there are none, by its values.

    Without headers a telling name is enough: people then say what the columns are.
    """
    named = fit.spec.name in table.named.shares
    if named and table.headless:
        return True
    usable = [match for match in fit.roles.values() if named or table.headless or match.certainty >= SURE or match.telling]
    roles = {match.role for match in usable} | fit.told.keys()
    if not all(roles.intersection(group) for group in fit.spec.needs):
        return False
    if named:
        return bool(fit.told) or fit.coverage >= 0.15 or sum(match.certainty >= SURE for match in usable) >= 2
    if table.headless:
        return len(roles) >= 3 and fit.coverage >= 0.3
    return fit.coverage >= 0.6 and (sum(match.telling and match.certainty >= 0.7 for match in usable) >= min(3, len(table.headers)))


def _roles(system: SourceSystem, spec: ObjectSpec, table: _Table, landmarks: Landmarks) -> dict[int, Match]:
    offered = list(_offers(system, spec, table, landmarks))
    chosen = _assign(spec, offered)
    chosen = _second_columns(spec, table, offered, chosen)
    chosen = _settle_names(spec, table, _settle_words(spec, table, chosen))
    return _add_guesses(system, spec, table, landmarks, chosen, {position for position, _ in offered})


def _offers(system: SourceSystem, spec: ObjectSpec, table: _Table, landmarks: Landmarks) -> Iterator[tuple[int, Match]]:
    reader, declared = reader_for(system), landmarks.declared.get(spec.name, frozenset())
    for position, header in enumerate(table.headers):
        if is_placeholder(header):
            continue
        for match in reader.matches(spec, header):
            field = spec.by_role[match.role]
            values = table.columns[position]
            if key(header) in declared and (field.optional or match.certainty < SURE):
                continue
            if match.certainty < SURE and _speaks_of_another(spec, field, values):
                continue
            if match.role in spec.label_roles and values.is_flag:
                match = replace(match, certainty=match.certainty - 0.3)
            if field.type == "id" and field.looks is None and table.is_foreign(system, position):
                continue
            if field.type == "id" and landmarks.is_of_others(spec.name, values) and not reader.names_own_id(spec, header):
                match = replace(match, certainty=match.certainty - 0.3)
            weighed = _weigh(field, match, position, values, landmarks)
            if weighed.certainty >= _LEAST:
                yield position, weighed


def _speaks_of_another(spec: ObjectSpec, field: FieldSpec, values: Values) -> bool:
    """ "Linked to" holds ids in one office and "Contact", "Company" in the other: what stands in it decides."""
    return any(other is not field and holds_words_of(other, values) for other in spec.fields if other.examples)


def _weigh(field: FieldSpec, match: Match, position: int, values: Values, landmarks: Landmarks) -> Match:
    """Lets the values and the other tables speak for or against what the header says."""
    verdict = agreement(field, values)
    if match.certainty < 0.93 and (verdict < 0 or (field.type in {"text", "enum"} and unlike_text(values))):
        return replace(match, certainty=0.0)
    if verdict > 0 and ((field.type == "id" and position == 0) or field.type == "country" or field.examples or field.reads):
        return replace(match, certainty=min(0.99, match.certainty + 0.03))
    if verdict < 0:
        return replace(match, certainty=match.certainty - 0.3, reason=f"{match.reason}, but its values do not look like it")
    return _weigh_reference(field, match, values, landmarks) if field.refers else match


def _weigh_reference(field: FieldSpec, match: Match, values: Values, landmarks: Landmarks) -> Match:
    support, strongest = landmarks.support(field, values), landmarks.strongest(values)
    if field.type not in {"ref", "owner"}:
        return match
    if strongest >= 0.3 and support < strongest / 3:
        price = 0.05 if values.share("number") >= 0.8 else 0.3  # plain numbers repeat from table to table
        return replace(match, certainty=match.certainty - price, reason=f"{match.reason}, but its values are known from another table")
    if support >= 0.3:
        return replace(match, certainty=min(0.99, match.certainty + 0.01), reason=f"{match.reason}; values are known from {field.refers}")
    return match


def _assign(spec: ObjectSpec, offered: Sequence[tuple[int, Match]]) -> dict[int, Match]:
    """The best offer first; a column has one role, a role one column. Earlier fields and columns win a tie."""
    order = {field.role: rank for rank, field in enumerate(spec.fields)}
    chosen: dict[int, Match] = {}
    taken: set[str] = set()
    for position, match in sorted(offered, key=lambda offer: (-round(offer[1].certainty, 3), order[offer[1].role], offer[0])):
        if position not in chosen and match.role not in taken:
            chosen[position] = match
            taken.add(match.role)
    return chosen | _gave_way(offered, chosen)


def _gave_way(offered: Sequence[tuple[int, Match]], chosen: Mapping[int, Match]) -> dict[int, Match]:
    """ "Kód produktu" is the code by which people order, or the id: the id, where "Kat. číslo" can be nothing but the code."""
    holders = {match.role: position for position, match in chosen.items()}
    moved: dict[int, Match] = {}
    for position, match in offered:
        holder = holders.get(match.role, position)
        if position in chosen or position in moved or holder in moved or match.certainty < SURE:
            continue
        free = [other for at, other in offered if at == holder and other.role not in holders and other.certainty >= SURE]
        if free:
            moved |= {holder: max(free, key=lambda other: other.certainty), position: match}
            holders |= {each.role: at for at, each in moved.items()}
    return moved


def _second_columns(spec: ObjectSpec, table: _Table, offered: Sequence[tuple[int, Match]], chosen: Mapping[int, Match]) -> dict[int, Match]:
    """A second "Email" becomes the second address, where the object has a place for one."""
    filled, taken = dict(chosen), {match.role for match in chosen.values()}
    for position, match in offered:
        second = next((field for field in spec.fields if field.second_of == match.role and field.role not in taken), None)
        if position in filled or second is None or match.role not in taken or match.certainty < SURE:
            continue
        if agreement(second, table.columns[position]) >= 0:
            filled[position] = Match(second.role, 0.8, f"'{table.headers[position]}' is a second {match.role}")
            taken.add(second.role)
    return filled


def _settle_words(spec: ObjectSpec, table: _Table, chosen: Mapping[int, Match]) -> dict[int, Match]:
    """ "Status" is no stage where it says "Unsubscribed", and "Category" none in a list that nothing else gives a reason for."""
    settled, needed = dict(chosen), {role for group in spec.needs for role in group}
    for field in spec.fields:
        if not field.reads or any(match.role == field.role for match in settled.values()):
            continue
        for position, match in chosen.items():
            doubtful = match.certainty <= DOUBTFUL or (field.role in needed and spec.by_role[match.role].type == "text")
            if doubtful and table.columns[position].share_read(field) >= READ:
                settled[position] = Match(field.role, SURE, f"values are words of {field.role}")
                break
    return settled


def _settle_names(spec: ObjectSpec, table: _Table, chosen: Mapping[int, Match]) -> dict[int, Match]:
    """ "Name" beside "Vorname" is the last name; "Nome" alone, with two words in each cell, the full one."""
    at = {match.role: position for position, match in chosen.items()}
    settled = dict(chosen)
    if "first_name" in at and "full_name" in at and "last_name" not in at and not _repeats(table, at["full_name"], at["first_name"]):
        settled[at["full_name"]] = replace(chosen[at["full_name"]], role="last_name", reason="stands beside a column of first names")
    if {"first_name", "last_name", "full_name"} <= at.keys() and not _repeats(table, at["full_name"], at["first_name"]):
        del settled[at["full_name"]]
    for role, other in (("first_name", "last_name"), ("last_name", "first_name")):
        if (
            role in at
            and other not in at
            and "full_name" in spec.by_role
            and "full_name" not in at
            and _mostly_several_words(table.columns[at[role]])
        ):
            settled[at[role]] = replace(chosen[at[role]], role="full_name", reason="values have first and last names")
    return settled


def _repeats(table: _Table, whole: int, part: int) -> bool:
    pairs = [(cell(row, whole), cell(row, part)) for row in table.rows]
    pairs = [(one, other) for one, other in pairs if one and other]
    return sum(other.casefold() in one.casefold() for one, other in pairs) > 0.5 * len(pairs)


def _mostly_several_words(values: Values) -> bool:
    return values.filled > 0 and sum(" " in text for text in values.texts) > 0.6 * values.filled


def _add_guesses(
    system: SourceSystem, spec: ObjectSpec, table: _Table, landmarks: Landmarks, chosen: Mapping[int, Match], told: set[int]
) -> dict[int, Match]:
    """Only for columns whose header told nothing, and that the customer has not declared as a field of their own."""
    declared = landmarks.declared.get(spec.name, frozenset())
    undeclared = [at for at in table.columns if at not in chosen and key(table.headers[at]) not in declared]
    open_columns = {at: table.columns[at] for at in undeclared if at not in told}
    unread = {at for at in open_columns if not reader_for(system).can_read(table.headers[at])}
    filled, taken = dict(chosen), {match.role for match in chosen.values()}
    for position, match in chain(
        guess(spec, open_columns, unread, landmarks, headless=table.headless, taken=frozenset(taken)),
        lone(spec, table.columns, undeclared),
    ):
        if position not in filled and match.role not in taken and match.role in spec.by_role:
            filled[position] = match
            taken.add(match.role)
    return filled
