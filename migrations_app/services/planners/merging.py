"""Duplicates that are one record now: whose organization it has, and what the others said otherwise (PRACTICE.md 3 row 10)."""

from collections.abc import Iterable

from migrations_app.models import RecordLink
from migrations_app.rules.keys import fit
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.merging import families
from migrations_app.services import families as merged
from migrations_app.services import rows
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.services.planners.texts import add_note
from migrations_app.services.references import CONTACT_ROLES
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET

CONTACTS = "contacts"
OPEN = "open"
TEXT_LIMIT = 255


def tell_of_merges(plan: Plan) -> None:
    """A note on each record for which others were merged that said something otherwise."""
    if plan.project.setting(merged.SETTING) == "no":
        return
    for entity in ("organization", "person"):
        object = KINDS[entity].object
        roots, tables = plan.merges[object], plan.tables.get(object, ())
        if not roots:
            continue
        for each in merged.read(tables, roots, _on_their_own(plan, entity, roots)):
            if plan.no_record(each.first):
                continue
            each = merged.Family(each.first, [row for row in each.others if not plan.no_record(row)])
            if text := merged.said_otherwise(each, plan.mappers(object), plan.project.get_source_label()):
                key = f"{entity}:{each.first.key}"
                add_note(plan, fit(f"note:merged-into-{key}"), each.first, text, [(entity, key)])


def settle_companies(plan: Plan) -> None:
    """A merged person belongs to the organization of the row with an open deal, else of the one that changed last.

    The names of the other organizations stay as text.
    """
    torn: dict[str, list[str]] = {}
    apart = _on_their_own(plan, "person", plan.merges[CONTACTS])
    for root, together in families(plan.merges[CONTACTS]).items():
        members = [key for key in together if key not in apart]
        named = [key for key in members if key in plan.contact_company]
        if len({_company(plan, key) for key in named}) > 1:
            torn[root] = named
        elif named:
            plan.contact_company.setdefault(root, plan.contact_company[named[0]])
    if not torn:
        return
    keys = {key for members in torn.values() for key in members}
    dealing, changed = _with_open_deal(plan, keys), _changed_last(plan, keys)
    names = _names(plan, {_company(plan, key) for key in keys})
    for root, named in torn.items():
        chosen = max(named, key=lambda key: (key in dealing, changed.get(key, "")))  # of equals the first
        others = dict.fromkeys(company for key in named if (company := _company(plan, key)) != _company(plan, chosen))
        plan.also_at[root] = "; ".join(filter(None, (names.get(each, "") for each in others)))[:TEXT_LIMIT]
        plan.contact_company[root] = plan.contact_company[chosen]


def _names(plan: Plan, organizations: Iterable[str]) -> dict[str, str]:
    """By their links: of rows, and of companies that exist only as text."""
    found = {each.key: each.label for each in plan.derived.values()}
    for some in chunks(sorted(organizations), merged.AT_ONCE):
        rows_of = rows.by_key(plan.tables.get("companies", ()), [key.removeprefix("organization:") for key in some])
        found |= {f"organization:{key}": row.label for key, row in rows_of.items()}
    return found


def _company(plan: Plan, contact: str) -> str:
    """The link of the organization that a contact belongs to, that which stands for it after merges."""
    link = plan.contact_company.get(contact, "")
    key = link.removeprefix("organization:")
    return f"organization:{plan.merges['companies'][key]}" if key in plan.merges["companies"] else link


def _with_open_deal(plan: Plan, contacts: set[str]) -> set[str]:
    found = set()
    for row in rows.stream(plan.tables.get("deals", ())):
        contact = plan.find(CONTACTS, (cell(row, role) for role in CONTACT_ROLES))
        if contact in contacts and not plan.no_record(row):
            draft = plan.draft(row)
            if not draft.skip and draft.values.get("status", OPEN) == OPEN:
                found.add(contact)
    return found


def _changed_last(plan: Plan, contacts: Iterable[str]) -> dict[str, str]:
    """{contact: day of its last change}, of those that say one."""
    reader, tables = Reader(plan.project), plan.tables.get(CONTACTS, ())
    found = {}
    for some in chunks(sorted(contacts), merged.AT_ONCE):
        for key, row in rows.by_key(tables, some).items():
            if day := reader.day(row.table, "modified_at", cell(row, "modified_at")):
                found[key] = day
    return found


def _on_their_own(plan: Plan, entity: str, keys: Iterable[str]) -> set[str]:
    """Those that stand in Pipedrive as records of their own: they were merged too late."""
    found = set()
    for some in chunks([f"{entity}:{key}" for key in keys], merged.AT_ONCE):
        there = RecordLink.objects.filter(account=plan.account, entity=entity, key__in=some, state__in=LINK_IN_TARGET)
        found |= {key.removeprefix(f"{entity}:") for key in there.values_list("key", flat=True)}
    return found
