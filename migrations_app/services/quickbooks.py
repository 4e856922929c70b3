"""The two truths of records that QuickBooks knows too: where they differ, and which of them loads."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from migrations_app.models import Decision, Project, SourceTable
from migrations_app.rules import quickbooks
from migrations_app.rules.keys import clean
from migrations_app.rules.quickbooks import BY_TRANSACTIONS, CRM, CUT, MISSING, QUICKBOOKS, Difference
from migrations_app.services import customers, decisions, rows
from migrations_app.services.evidence import QuickBooksFacts

_REASONS = {
    quickbooks.CUT: "QuickBooks keeps 41 characters of a name: its own is the beginning of this one",
    quickbooks.SPELLING: "only case, blanks or punctuation differ",
    quickbooks.PHONE_FORMAT: "the same number, written otherwise",
    quickbooks.MISSING: "the CRM has nothing here",
    quickbooks.DIFFERENT: "the two say different things",
}


def answer_key(field: str, key: str) -> str:
    """The source key of the Decision about one field of one record."""
    return f"{field}:{key}"


def facts_of(project: Project, object: str, row: rows.SourceRow, cells: Mapping[str, str]) -> Iterator[QuickBooksFacts]:
    """What people are asked about one row; `cells` are cleaned, by role."""
    for each in quickbooks.differences(object, cells, project.country):
        transactions = quickbooks.has_transactions(cells)
        suggestion, confidence, why = _suggestion(project, each, transactions, quickbooks.owes(cells))
        yield QuickBooksFacts(
            object=object,
            key=row.key,
            label=row.label,
            field=each.pair.field,
            rule=each.pair.rule,
            kind=each.kind,
            crm=each.crm,
            quickbooks=each.quickbooks,
            list_id=cells.get(quickbooks.LIST_ID, ""),
            transactions=transactions,
            suggestion=suggestion,
            confidence=confidence,
            reason="; ".join(filter(None, (_REASONS[each.kind], why))),
            line=row.line,
        )


def rule_of(project: Project, field_rule: str) -> str:
    """Who wins by the project's setting; fields without one are the CRM's."""
    return str(project.setting(field_rule)) if field_rule else CRM


def _suggestion(project: Project, each: Difference, transactions: bool | None, owes: bool) -> tuple[str, float, str]:
    """The project's rule, where it can be applied; a balance hints at transactions that no column tells of."""
    rule = rule_of(project, each.pair.rule)
    if rule == BY_TRANSACTIONS and transactions is None and owes and each.kind != CUT:
        return QUICKBOOKS, 0.7, "it has a balance in QuickBooks, so it has transactions there"
    if each.kind == MISSING:
        return QUICKBOOKS, 0.8, ""
    said = {True: "it has transactions in QuickBooks", False: "it has no transactions in QuickBooks", None: ""}
    sure = 0.9 if each.kind == CUT or rule != BY_TRANSACTIONS or transactions is not None else 0.5
    return quickbooks.winner(rule, each.kind, transactions), sure, said[transactions] if rule == BY_TRANSACTIONS else ""


class Settled:
    """Rows of one object with the truth in them that counts: by people's answers, else by the project's rules."""

    def __init__(self, project: Project, object: str, tables: Sequence[SourceTable]) -> None:
        self.project, self.object = project, object
        self._listed = object in customers.JOINED and bool(customers.lists_of(project))
        self._layouts = {table.pk: layout for table in tables if (layout := _layout(table, listed=self._listed))}
        self._said: Mapping[str, Mapping[str, str]] = {}
        self._answers: Mapping[str, Mapping[str, str]] = {}

    def refresh(self) -> None:
        """Read people's answers and the project's rules anew. At most one query."""
        if self._layouts:
            self._answers = decisions.active(self.project, Decision.Kind.QUICKBOOKS, self.object)

    def read(self, keys: Collection[str]) -> None:
        """What QuickBooks' own list says of these rows. One query, none where there is no list."""
        self._said = customers.kept(self.project, self.object, keys) if self._listed else {}

    def cells(self, row: rows.SourceRow) -> list[str]:
        layout = self._layouts.get(row.table.pk)
        if layout is None:
            return row.cells
        settled = row.cells
        cells = {**_by_role(layout, row.cells), **self._said.get(row.key, {})}
        for each in quickbooks.differences(self.object, cells, self.project.country):
            if self._winner(row.key, each, cells) == QUICKBOOKS:
                settled = quickbooks.taken_over(settled, layout, each)
        return settled

    def _winner(self, key: str, each: Difference, cells: Mapping[str, str]) -> str:
        answer = self._answers.get(answer_key(each.pair.field, key))
        if answer:
            return answer["take"]
        return quickbooks.winner(rule_of(self.project, each.pair.rule), each.kind, quickbooks.has_transactions(cells))


def _layout(table: SourceTable, *, listed: bool) -> dict[str, int]:
    """{role: position} of a table that has something of QuickBooks to compare, by itself or beside its list; empty for any other."""
    layout = {role: position for position, role in table.roles_by_position().items()}
    return layout if listed or quickbooks.TWINS & layout.keys() else {}


def _by_role(layout: Mapping[str, int], cells: Sequence[str]) -> dict[str, str]:
    return {role: clean(cells[position]) for role, position in layout.items()}
