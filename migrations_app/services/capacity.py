"""The gates *mapping*, *settled* and *capacity*: what has to hold before an account is prepared or loaded."""

import json
from collections.abc import Iterator
from typing import Any

from migrations_app import gates
from migrations_app.gates import Missing
from migrations_app.models import Mapping, PipedriveAccount, RecordLink, Run, SchemaChange, SourceField
from migrations_app.rules.plans import PLANS
from migrations_app.services import connecting, estimate, needs, rows
from migrations_app.services.proposing import approved, newest
from migrations_app.services.schema import ENTITIES, builtins, fields_of, fold
from migrations_app.states import LINK_OPEN, RUN_ACTIVE, RUN_UNFINISHED, SchemaState


def register() -> None:
    """Called once, when the app is ready."""
    gates.register("mapping", mapping_gate, staging=True)
    gates.register("settled", settled_gate, staging=True)
    gates.register("capacity", capacity_gate, staging=True)


# --- mapping -----------------------------------------------------------------------------------------------------------


def mapping_gate(account: PipedriveAccount) -> Iterator[Missing]:
    """A person has approved the map, and no later version says otherwise."""
    project = account.project
    latest, in_use = newest(project), approved(project)
    where = f"crossdock approve {project.slug}"
    if latest is None:
        yield Missing("no map is proposed yet", 1, f"crossdock propose {project.slug}")
    elif in_use is None:
        yield Missing(f"map {latest.version} is not approved", latest.rules.count(), where)
    elif latest != in_use and (changed := len(_content(latest) ^ _content(in_use))):
        yield Missing(f"map {latest.version} differs from the approved map {in_use.version} and is not approved", changed, where)


def _content(mapping: Mapping) -> set[tuple[str, ...]]:
    rules = mapping.rules.values_list("object", "column", "entity", "field", "transform", "options")
    scopes = mapping.scopes.filter(enabled=True).values_list("object", "name", "condition")
    values = mapping.values.values_list("kind", "scope", "source", "target")
    return {tuple(json.dumps(cell, sort_keys=True) for cell in row) for row in (*rules, *scopes, *values)}


# --- settled -----------------------------------------------------------------------------------------------------------


def settled_gate(account: PipedriveAccount) -> Iterator[Missing]:
    """Nothing of an earlier run is on its way, and nobody else loads into this company. An unfinished run of ours goes on."""
    own = Run.objects.filter(account=account, state__in=RUN_UNFINISHED)
    open_links = RecordLink.objects.filter(account=account, state__in=LINK_OPEN).exclude(run__in=own).count()
    if open_links:
        where = f"crossdock load {account.project.slug} --role {account.role}"
        yield Missing("records of an earlier run are on their way; each is being looked for in Pipedrive", open_links, where)
    others = Run.objects.filter(company=account.company, state__in=RUN_ACTIVE).exclude(pk__in=own)
    for run in others.select_related("project"):
        yield Missing(f"{run} of {run.project} on the same company is {run.get_state_display()}", 1, f"crossdock status {run.project.slug}")


# --- capacity ----------------------------------------------------------------------------------------------------------


def capacity_gate(account: PipedriveAccount) -> Iterator[Missing]:
    """The token works and is an admin's; on production the plan has room and the account knows the currencies."""
    where = f"crossdock account {account.project.slug} --role {account.role}"
    for concern in connecting.concerns(account):
        yield Missing(concern, 1, where)
    if account.role == PipedriveAccount.Role.PRODUCTION:
        yield from _over_the_plan(account, where)
        yield from _unknown_currencies(account)


def _over_the_plan(account: PipedriveAccount, where: str) -> Iterator[Missing]:
    plan = PLANS[account.plan]
    deals, most = estimate.expected(account.project, "deals"), plan.most_deals(account.seats)
    if deals > most:
        yield Missing(f"deals more than {plan.label} with {account.seats} seats holds ({most:,})", deals - most, where)
    used, missing = custom_fields(account)
    if missing and used + missing > plan.custom_fields:
        over = used + missing - plan.custom_fields
        yield Missing(
            f"custom fields more than {plan.label} holds ({plan.custom_fields}): {used} are there, {missing} are missing", over, where
        )


def custom_fields(account: PipedriveAccount) -> tuple[int, int]:
    """(custom fields in the account as last read, fields of the map that it lacks): the slot meter."""
    there = [(entity, each) for entity in ENTITIES for each in fields_of(account.schema, entity) if each["custom"]]
    known = {(entity, fold(each["name"]), each["type"]) for entity, each in there}
    done = SchemaChange.objects.filter(account=account, kind=needs.FIELD, state=SchemaState.DONE)
    made = set(done.values_list("parent", "name"))
    mapping = approved(account.project) or newest(account.project)
    wanted = needs.wanted_fields(account.project, mapping) if mapping else []
    has = builtins(account.schema)
    missing = [
        need
        for need in wanted
        if (need.parent, need.unless) not in has
        and (need.parent, need.name) not in made
        and (need.parent, fold(need.label), need.type) not in known
    ]
    return len(there), len(missing)


def _unknown_currencies(account: PipedriveAccount) -> Iterator[Missing]:
    known = set(account.schema.get("currencies", ()))
    if not known:
        return  # not read yet: prepare reads the account before it asks again
    for code, count in sorted(currencies(account.project).items()):
        if code not in known:
            yield Missing(f"the currency {code} is not switched on in {account}", count, f"{account.url}/settings/currencies")


def currencies(project: Any) -> dict[str, int]:
    """{code: rows} that the deals in force name, with the project's own currency."""
    tables = [table.pk for table in rows.tables_in_force(project).get("deals", [])]
    found: dict[str, int] = {project.currency: 0} if project.currency else {}
    for profile in SourceField.objects.filter(table__in=tables, role="currency").values_list("profile", flat=True):
        for text, count in profile.get("counts", {}).items():
            code = text.strip().upper()
            if len(code) == 3 and code.isascii() and code.isalpha():
                found[code] = found.get(code, 0) + count
    return found


# --- preparedness ------------------------------------------------------------------------------------------------------


def not_prepared(account: PipedriveAccount) -> list[Missing]:
    """What prepare has still to do before records can come; empty where the account is ready. Two queries."""
    where = f"crossdock prepare {account.project.slug} --role {account.role}"
    changes = SchemaChange.objects.filter(account=account)
    if not changes.exists():
        return [Missing("the account is not prepared", 1, where)]
    undone = changes.exclude(state=SchemaState.DONE)
    return [Missing(f"{change}: {change.get_state_display()}", 1, where) for change in undone]
