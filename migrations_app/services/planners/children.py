"""Records that hang on others: activities, notes and files; and products, which hang on nothing."""

from collections.abc import Iterator
from dataclasses import replace

from connectors.sources import registry
from migrations_app.rules.calls import AS_CALL_LOG
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT, KINDS, Kind
from migrations_app.rules.transforms.markup import NOTE_LIMIT
from migrations_app.services import rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.organizations import company_of
from migrations_app.services.planners.plan import Plan, cell, wanted_of
from migrations_app.services.references import CONTACT_ROLES
from migrations_app.states import LinkState

# What a row says about each parent, the surest first. Companies are found as those of contacts and deals are.
ROLES = {"deal": ("deal_ref", "deal_name"), "person": CONTACT_ROLES, "product": ("product_ref", "product_sku", "product_name")}
NO_PARENT = "unknown_parent"  # as the audit calls it
MOST_ESCAPED = 6  # how much longer a text can get as html


def plan_product(plan: Plan, row: rows.SourceRow) -> Wanted:
    return wanted_of(KINDS["product"], row)


def plan_activity(plan: Plan, row: rows.SourceRow) -> Wanted:
    if row.key in plan.logged:
        wanted = wanted_of(KINDS["activity"], row)
        wanted.state, wanted.reason = LinkState.SKIPPED, AS_CALL_LOG
        return wanted
    return hung(plan, KINDS["activity"], row)


def plan_note(plan: Plan, row: rows.SourceRow) -> Wanted:
    return hung(plan, KINDS["note"], row)


def further_notes(plan: Plan, row: rows.SourceRow, first: Wanted) -> list[Wanted]:
    """The notes that go on where the first one ends, as one takes only so much text: `note:NO-1/2` and so on."""
    if max(map(len, row.cells), default=0) < NOTE_LIMIT // MOST_ESCAPED:
        return []
    parts = range(1, len(plan.draft(row).continued) + 1)
    return [replace(first, key=f"{first.key}/{part + 1}", parents=list(first.parents), part=part) for part in parts]


def plan_file(plan: Plan, row: rows.SourceRow) -> Wanted:
    """One that cannot go as it is waits for nothing: what becomes of it is said by the project or by an answer."""
    wanted = hung(plan, KINDS["file"], row)
    held = plan.files_left_out.get((row.table.pk, row.line))
    if held and wanted.state != LinkState.SKIPPED:
        wanted.state, wanted.reason, wanted.parents = LinkState.SKIPPED, held[0], []
    return wanted


def hung(plan: Plan, kind: Kind, row: rows.SourceRow) -> Wanted:
    """A row that names no parent that the record could do with is left out, and says so."""
    wanted = wanted_of(kind, row)
    found = dict(_named_parents(plan, kind, row))
    found |= {entity: key for entity, key in _typed_parent(plan, kind, row) if entity not in found}
    missing = [role for role, parent in kind.parents.items() if parent.needed and role not in found]
    if missing or not (found or kind.lone):
        wanted.state, wanted.reason = LinkState.SKIPPED, f"unknown_{missing[0]}" if missing else NO_PARENT
        return wanted
    wanted.parents = [(role, found[role]) for role in kind.parents if role in found]
    return wanted


def _named_parents(plan: Plan, kind: Kind, row: rows.SourceRow) -> Iterator[tuple[str, str]]:
    """(role, link key) of parents that have a column of their own."""
    for role in kind.parents:
        if role == "organization":
            key = company_of(plan, row)
        else:
            object, texts = KINDS[role].object, (cell(row, each) for each in ROLES.get(role, ()))
            found = plan.find(object, texts)
            key = f"{role}:{found}" if found else ""
        if key:
            yield role, key


def _typed_parent(plan: Plan, kind: Kind, row: rows.SourceRow) -> Iterator[tuple[str, str]]:
    """The parent of a row that names one by kind and id; where the kind says nothing, the only record that has this id."""
    text = cell(row, "parent_id")
    if not text:
        return
    said = cell(row, "parent_type")
    object = registry.get_quirks(plan.project.source).object_name(said) if said else ""
    candidates = [KIND_OF_OBJECT[object].entity] if object in KIND_OF_OBJECT else list(kind.parents)
    found = [(entity, key) for entity in candidates if entity in kind.parents and (key := plan.find(KINDS[entity].object, [text]))]
    if len(found) == 1:
        yield found[0][0], f"{found[0][0]}:{found[0][1]}"
