"""What changed since the customer signed: rules, settings and answers, with the rows they touch and examples."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q

from migrations_app.models import Approval, Decision, Mapping, Project, SourceField, SourceTable
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.resigning import CRITICAL_SETTINGS, CRITICAL_VALUES, Change, Since, in_words, is_critical
from migrations_app.rules.scopes import in_words as in_words_of
from migrations_app.services import compiling, policies, proposing, rows, scoping
from migrations_app.services.owners import EVERYBODY
from migrations_app.services.references import fold
from migrations_app.services.staging import chunks

EXAMPLES = 5
FIX = "fix"
LEFT_OUT = "left out"
LOOKED_AT = 20_000  # rows that are read in search of examples
SETTINGS = ("timezone", "country", "currency")


def since(approval: Approval) -> Since:
    """Everything that says something else now. A map that was approved again with the same rules is no change."""
    project = approval.project
    mapping = proposing.approved(project) or approval.mapping
    touched = _Touched(project)
    changes = [*_rules(approval.mapping, mapping, touched), *_settings(approval, touched), *_answers(approval, touched), *_fixes(approval)]
    return Since(tuple(changes), touched.total() if changes else 0)


def examples(approval: Approval, found: Since) -> list[dict[str, Any]]:
    """Five records that the changed rules and corrected cells make otherwise: each field before and after."""
    project = approval.project
    mapping = proposing.approved(project) or approval.mapping
    objects = {each.object for each in found.changes if each.what == "field"}
    fixes = [each for each in found.changes if each.what == FIX][:EXAMPLES]
    shown: list[dict[str, Any]] = [
        {"object": each.object, "source_id": each.name, "changes": [{"field": "", "before": each.before, "after": each.after}]}
        for each in fixes
    ]
    for object, tables in rows.tables_in_force(project).items():
        if object in objects and len(shown) < EXAMPLES:
            shown += _examples(object, approval.mapping, mapping, tables, EXAMPLES - len(shown))
    return shown


class _Touched:
    """How many rows a change touches, as discovery counted them. Reads the profiles of the columns asked about only."""

    def __init__(self, project: Project) -> None:
        self.force = rows.tables_in_force(project)

    def total(self) -> int:
        return sum(rows.count(tables) for object, tables in self.force.items() if object != "users")

    def filled(self, object: str, column: str) -> int:
        """Rows that have something in the column."""
        return sum(field.filled for field in self._columns(object, column))

    def with_values(self, object: str, column: str, values: Iterable[str]) -> int:
        wanted = {fold(value) for value in values}
        counted = [field.profile.get("counts", {}) for field in self._columns(object, column)]
        return sum(count for counts in counted for value, count in counts.items() if fold(value) in wanted)

    def owned_by(self, text: str) -> int:
        """Rows whose owner is called so; all rows for the rule that takes everybody else."""
        if text == EVERYBODY:
            return self.total()
        tables = [table.pk for each in self.force.values() for table in each]
        fields = SourceField.objects.filter(table__in=tables, role__in=("owner", "owner_email", "author"))
        profiles = fields.values_list("profile", flat=True)
        return sum(count for profile in profiles for value, count in profile.get("counts", {}).items() if fold(value) == text)

    def _columns(self, object: str, column: str) -> Iterator[SourceField]:
        for table in self.force.get(object, []):
            names = unique_headers(table.headers)
            if column in names:
                yield from SourceField.objects.filter(table=table, position=names.index(column))


# --- rules -----------------------------------------------------------------------------------------------------------


def _rules(before: Mapping, after: Mapping, touched: _Touched) -> Iterator[Change]:
    if before.pk == after.pk:
        return
    yield from _field_rules(before, after, touched)
    yield from _value_rules(before, after, touched)
    yield from _scope_rules(before, after, touched)


def _field_rules(before: Mapping, after: Mapping, touched: _Touched) -> Iterator[Change]:
    old, new = _said(before), _said(after)
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key, ("", "not carried over")), new.get(key, ("", "not carried over"))
        if was[1] != now[1]:
            object, column = key
            critical = is_critical(was[0] or now[0], was[1], now[1])
            yield Change("field", object, column, was[1], now[1], critical, touched.filled(object, column))


def _said(mapping: Mapping) -> dict[tuple[str, str], tuple[str, str]]:
    """{(object, column): (role, what the rule says)}."""
    rules = mapping.rules.values_list("object", "column", "role", "entity", "field", "transform", "options")
    return {
        (object, column): (role, in_words(entity, field, transform, options.items()))
        for object, column, role, entity, field, transform, options in rules
    }


def _value_rules(before: Mapping, after: Mapping, touched: _Touched) -> Iterator[Change]:
    old, new = (dict(_values(mapping)) for mapping in (before, after))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            kind, scope, source = key
            counted = sum(touched.with_values(object, column, [source]) for object, column in _columns_of(after, kind, scope))
            yield Change("value", scope, source, old.get(key, ""), new.get(key, ""), kind in CRITICAL_VALUES, counted)


def _values(mapping: Mapping) -> Iterator[tuple[tuple[str, str, str], str]]:
    for kind, scope, source, target in mapping.values.values_list("kind", "scope", "source", "target"):
        yield (kind, scope, source), target


def _columns_of(mapping: Mapping, kind: str, scope: str) -> Iterator[tuple[str, str]]:
    """Columns whose values a value rule is about: those of its field, else those of its role."""
    found = mapping.rules.filter(Q(field=scope) | Q(role=kind)) if scope else mapping.rules.filter(role=kind)
    yield from found.values_list("object", "column")


def _scope_rules(before: Mapping, after: Mapping, touched: _Touched) -> Iterator[Change]:
    old, new = (_switched_on(mapping) for mapping in (before, after))
    for (object, name), said in sorted((old.items() | new.items()) - (old.items() & new.items())):
        counted = scoping.records(after, object, json.loads(said))
        words = "; ".join(in_words_of(json.loads(said)).splitlines())
        was, now = (words if each.get((object, name)) == said else "off" for each in (old, new))
        yield Change("scope", object, name, was, now, False, counted)


def _switched_on(mapping: Mapping) -> dict[tuple[str, str], str]:
    rules = mapping.scopes.filter(enabled=True).values_list("object", "name", "condition")
    return {(object, name): json.dumps(condition, sort_keys=True, ensure_ascii=False) for object, name, condition in rules}


def _examples(object: str, before: Mapping, after: Mapping, tables: list[SourceTable], most: int) -> list[dict[str, Any]]:
    old, new = compiling.mappers(before, tables), compiling.mappers(after, tables)
    found: list[dict[str, Any]] = []
    for at, row in enumerate(rows.stream(tables)):
        if len(found) >= most or at >= LOOKED_AT:
            break
        was, now = (each[row.table.pk].draft(row.cells).values for each in (old, new))
        differing = [name for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]
        if differing:
            changes = [{"field": name, "before": was.get(name), "after": now.get(name)} for name in differing]
            found.append({"object": object, "source_id": row.key, "changes": changes})
    return found


# --- settings and answers --------------------------------------------------------------------------------------------


def settings_of(project: Project) -> dict[str, Any]:
    """What every value is read with: the settings that a sign-off freezes."""
    chosen = {name: project.setting(name) for name in project.DEFAULT_SETTINGS if name not in policies.BESIDE_RECORDS}
    return {name: getattr(project, name) for name in SETTINGS} | chosen


def _settings(approval: Approval, touched: _Touched) -> Iterator[Change]:
    now = settings_of(approval.project)
    for name, was in approval.seen.get("settings", {}).items():
        if name in now and now[name] != was:
            yield Change("setting", "", name, str(was), str(now[name]), name in CRITICAL_SETTINGS, touched.total())


def _answers(approval: Approval, touched: _Touched) -> Iterator[Change]:
    """Answers that say something else than when it was signed. What was open then and is answered since is no change."""
    project, seq = approval.project, approval.seen.get("decision_seq", 0)
    later = Decision.objects.filter(Q(seq__gt=seq) | Q(undone_at__gt=approval.at), project=project).exclude(kind=Decision.Kind.FINDING)
    keys = sorted(set(later.values_list("kind", "object", "source_key")))
    for some in chunks(keys, 500):
        was, now = _as_they_stood(project, some, approval)
        for kind, object, key in some:
            before, after = was.get((kind, object, key)), now.get((kind, object, key))
            if before is not None and before != after:
                owner = kind == Decision.Kind.OWNER
                said, says = (json.dumps(each, sort_keys=True, ensure_ascii=False) if each else "taken back" for each in (before, after))
                yield Change("answer", object, key, said, says, owner and key == EVERYBODY, touched.owned_by(key) if owner else 1)


def _fixes(approval: Approval) -> Iterator[Change]:
    """Cells that were corrected here since, or whose correction was taken back; and records that are left out so."""
    project, seq = approval.project, approval.seen.get("decision_seq", 0)
    given = Decision.objects.filter(project=project, kind=Decision.Kind.FINDING)
    later = given.filter(Q(seq__gt=seq) | Q(undone_at__gt=approval.at))
    for object in sorted(set(later.values_list("object", flat=True))):
        for keys in chunks(sorted(set(later.filter(object=object).values_list("source_key", flat=True))), 500):
            was: dict[tuple[str, str, str], str] = {}
            now: dict[tuple[str, str, str], str] = {}
            for each in given.filter(object=object, source_key__in=keys).order_by("pk"):
                mark = (each.source_key, each.answer["code"], each.answer["field"])
                came = each.answer["old"]
                was.setdefault(mark, came)
                now.setdefault(mark, came)
                if each.seq <= seq and (each.undone_at is None or each.undone_at > approval.at):
                    was[mark] = _fixed(each.answer)
                if each.undone_at is None:
                    now[mark] = _fixed(each.answer)
            for mark, before in was.items():
                if before != now[mark]:
                    yield Change(FIX, object, mark[0], before, now[mark], False, 1)


def _fixed(answer: dict[str, Any]) -> str:
    """What Pipedrive gets of the cell by this answer."""
    return {"fix": answer["new"], "empty": "", "skip": LEFT_OUT}.get(answer["how"], answer["old"])


def _as_they_stood(project: Project, keys: list[tuple[str, str, str]], approval: Approval) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """({key: answer when it was signed}, {key: answer now}). One query."""
    was, now = {}, {}
    seq = approval.seen.get("decision_seq", 0)
    found = Decision.objects.filter(project=project, source_key__in={key for _, _, key in keys}).order_by("pk")
    for each in found.values_list("kind", "object", "source_key", "answer", "seq", "undone_at"):
        key, answer, at, undone = each[:3], each[3], each[4], each[5]
        if at <= seq and (undone is None or undone > approval.at):
            was[key] = answer
        if undone is None:
            now[key] = answer
    return was, now
