"""Lines of deals: which load as lines, which stand in a note, as the value of their deal would follow them (PRACTICE.md 3 row 22)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from migrations_app.models import LinkParent, RecordLink
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.lines import differ, total_of
from migrations_app.rules.spec import DEAL, DEAL_PRODUCT, NOTE, PRODUCT, Draft
from migrations_app.rules.transforms.markup import escaped
from migrations_app.services import line_values, rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.children import ROLES
from migrations_app.services.planners.made_products import generic, line_with_product
from migrations_app.services.planners.plan import Plan, cell, wanted_of
from migrations_app.services.planners.texts import add_note, closed_at
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET, LinkState

AS_TEXT = "line_as_text"
_NAMES_FIRST = tuple(reversed(ROLES["product"]))
KIND = KINDS[DEAL_PRODUCT]
AT_ONCE = 500


def plan_line(plan: Plan, row: rows.SourceRow) -> Wanted:
    if _deal_of(plan, row) not in plan.tabled:
        return line_with_product(plan, row)
    wanted = wanted_of(KIND, row)
    wanted.state, wanted.reason = LinkState.SKIPPED, AS_TEXT
    return wanted


def weigh_lines(plan: Plan) -> None:
    """Compare each deal with what its lines come to, and settle what becomes of the two: Pipedrive lets the value follow the lines."""
    if KIND not in plan.kinds or KIND.object not in plan.tables:
        return
    totals: dict[str, Decimal] = {}
    for row in _lines(plan):
        if under := next((key for role, key in line_with_product(plan, row).parents if role == DEAL), ""):
            totals[under] = totals.get(under, Decimal(0)) + total_of(plan.draft(row).values)
    said, arrived = line_values.answers(plan.project), _Arrived.read(plan)
    for some in chunks(sorted(totals), AT_ONCE):
        found = rows.by_key(plan.tables.get("deals", ()), [key.removeprefix(f"{DEAL}:") for key in some])
        for key in some:
            if deal := found.get(key.removeprefix(f"{DEAL}:")):  # else it is in Pipedrive and its row gone: nothing is planned for it
                _settle(plan, key, deal, totals[key], arrived.rule(key, said.get(deal.key, "")))
    if plan.tabled:
        _write_tables(plan)
        _forget_products_of_tables(plan)


def _settle(plan: Plan, key: str, row: rows.SourceRow, total: Decimal, how: str) -> None:
    draft = plan.draft(row)
    value = draft.values.get("value")
    if not differ(value, total):
        plan.line_totals[key] = total
        return
    how = how or line_values.default_for(str(draft.values.get("status", line_values.OPEN)), value)
    if how == line_values.NOTE and not (plan.no_record(row) or draft.skip):
        plan.tabled[key] = row
    elif how == line_values.BALANCE and Decimal(str(value)) > total:
        _balance(plan, key, row, Decimal(str(value)) - total)
        plan.line_totals[key] = Decimal(str(value))
    elif how == line_values.LINES_WIN:
        plan.values[key] = total
    else:
        plan.line_totals[key] = total


def _forget_products_of_tables(plan: Plan) -> None:
    """Products that people let be made stay only where a line that loads is left: a table needs none."""
    if not plan.extra.get(PRODUCT):
        return
    plan.extra[PRODUCT] = {}
    for row in _lines(plan):
        plan_line(plan, row)
    if plan.extra.get(DEAL_PRODUCT):
        generic(plan)


def _balance(plan: Plan, deal: str, row: rows.SourceRow, difference: Decimal) -> None:
    """One more line that brings the lines up to the value of the deal."""
    comments = f"Difference to the value in {plan.project.get_source_label()}"
    facts = {"item_price": str(difference), "quantity": "1", "comments": comments}
    parents = [(DEAL, deal), (PRODUCT, generic(plan))]
    plan.add(DEAL_PRODUCT, Wanted(f"balance:{deal}", None, row.line, comments, derived=True, facts=facts, parents=parents))


@dataclass(slots=True)
class _Arrived:
    """Deals whose lines are in Pipedrive, one way or the other: there they stay as they are."""

    lines: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, plan: Plan) -> "_Arrived":
        hung_on = LinkParent.objects.filter(link__account=plan.account, link__entity=DEAL_PRODUCT, role=DEAL)
        hung_on = hung_on.filter(link__state__in=LINK_IN_TARGET)
        notes = RecordLink.objects.filter(account=plan.account, entity=NOTE, derived=True, state__in=LINK_IN_TARGET)
        keys = notes.filter(key__startswith=_note("")).values_list("key", flat=True)
        return cls(set(hung_on.values_list("parent__key", flat=True)), set(keys))

    def rule(self, deal: str, said: str) -> str:
        """What people said, unless it came too late."""
        if deal in self.lines:
            return line_values.LINES if said in ("", line_values.NOTE) else said
        return line_values.NOTE if _note(deal) in self.notes else said


# --- tables ------------------------------------------------------------------------------------------------------------


def _write_tables(plan: Plan) -> None:
    """A note with all lines of each of these deals, also those whose product nobody knows: a text needs none."""
    tables: dict[str, list[rows.SourceRow]] = {}
    for line in _lines(plan):
        if (deal := _deal_of(plan, line)) in plan.tabled:
            tables.setdefault(deal, []).append(line)
    for some in chunks(sorted(tables), AT_ONCE):
        names = _product_names(plan, [each for key in some for each in tables[key]])
        for key in some:
            row = plan.tabled[key]
            draft = plan.draft(row)
            content = _table(plan, draft, [(names[each.table.pk, each.line], plan.draft(each).values) for each in tables[key]])
            add_note(plan, _note(key), row, content, [(DEAL, key)], closed_at(draft))


def _table(plan: Plan, deal: Draft, lines: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    told = [(name, values, total_of(values)) for name, values in lines]
    head = "".join(f"<th>{title}</th>" for title in ("Product", "Quantity", "Price", "Discount", "Total", "Comment"))
    body = "".join(f"<tr>{''.join(f'<td>{escaped(text)}</td>' for text in _cells(*each))}</tr>\n" for each in told)
    total = sum((each[2] for each in told), Decimal(0))
    currency = deal.values.get("currency", "")
    sums = escaped(f"Lines: {_money(total)} {currency}; value of the deal: {_money(deal.values.get('value') or 0)} {currency}")
    title = escaped(f"Lines of this deal in {plan.project.get_source_label()}")
    return f"<p><b>{title}</b></p>\n<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n<p>{sums}</p>"


def _cells(name: str, values: Mapping[str, Any], total: Decimal) -> Iterator[str]:
    yield name
    yield str(values.get("quantity", ""))
    yield str(values.get("item_price", ""))
    off = values.get("discount")
    yield f"{off}{'' if values.get('discount_type') == 'amount' else ' %'}" if off else ""
    yield _money(total)
    yield str(values.get("comments", ""))


def _product_names(plan: Plan, lines: Iterable[rows.SourceRow]) -> dict[tuple[int, int], str]:
    """{(table, line): what its product is called}; what nobody knows is called as the line says."""
    keys = {(row.table.pk, row.line): plan.find("products", [cell(row, role) for role in ROLES["product"]]) for row in lines}
    known = rows.by_key(plan.tables.get("products", ()), set(keys.values()) - {""})
    said = {(row.table.pk, row.line): next(filter(None, (cell(row, role) for role in _NAMES_FIRST)), "") for row in lines}
    return {at: (known[key].label if key in known else "") or said[at] for at, key in keys.items()}


def _lines(plan: Plan) -> Iterator[rows.SourceRow]:
    for row in rows.stream(plan.tables.get(KIND.object, ())):
        if not plan.no_record(row):
            yield row


def _deal_of(plan: Plan, row: rows.SourceRow) -> str:
    found = plan.find("deals", [cell(row, role) for role in ROLES["deal"]])
    return f"{DEAL}:{found}" if found else ""


def _note(deal: str) -> str:
    return f"note:lines-of-{deal}"


def _money(amount: Any) -> str:
    return f"{Decimal(str(amount)):.2f}"
