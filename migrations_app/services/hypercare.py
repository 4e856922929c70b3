"""The week after the go-live: what people report, what caused it, what was done about it, and when the project closes."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from migrations_app.models import HypercareItem, Project, RecordLink, Upload, require
from migrations_app.rules.differing import flat, nested
from migrations_app.services import clock, connecting, corrections, cutover, lineage, policies, telling
from migrations_app.services.likeness import likeness_in
from migrations_app.states import RUN_UNFINISHED

WEEK = timedelta(days=7)
ANSWERED_WITHIN = timedelta(days=1)


class CannotClose(Exception):
    """Something is still open; the text says what."""


class NothingToFix(Exception):
    """The fix cannot be made; the text says why."""


def open_items(project: Project) -> QuerySet[HypercareItem]:
    return HypercareItem.objects.filter(project=project, closed_at__isnull=True)


def report(project: Project, title: str, *, user: Any, about: str = "", due: date | None = None) -> HypercareItem:
    """Write down what somebody says; `about` is a pasted Pipedrive address or a source id.

    Raises Forbidden and lineage.NotOurs.
    """
    require(user, "view", project)
    link = lineage.find(project, about) if about else None
    due = due or (clock.db_now() + ANSWERED_WITHIN).date()
    return HypercareItem.objects.create(project=project, title=title.strip()[:300], link=link, due=due, reported_by=user)


def patch(item: HypercareItem, values: dict[str, Any], *, user: Any) -> dict[str, Any]:
    """Change this one record in Pipedrive by hand, built-in or custom fields by name; answers and keeps what stood there before.

    It counts as a change of people: later loads leave it alone. Raises Forbidden, NothingToFix and what the client raises.
    """
    require(user, "load", item.project)
    link = item.link
    if link is None or not link.pipedrive_id:
        raise NothingToFix("The item names no record that is in Pipedrive: paste its address first.")
    wanted = _codes(link, values)
    client = connecting.client_for(link.account)
    try:
        before = flat(client.get(link.entity, link.pipedrive_id))
        likeness = likeness_in(link.account.schema, link.entity)
        fresh = {name: value for name, value in wanted.items() if not likeness.same(name, value, before)}
        if fresh:
            client.update(link.entity, link.pipedrive_id, nested(link.entity, fresh))
    finally:
        connecting.note_spend(link.account, client.door.spent)
    done = {"before": {name: before.get(name) for name in fresh}, "after": fresh, "by": user.username, "at": clock.db_now().isoformat()}
    _keep(item, fix=HypercareItem.Fix.PATCH, patch=done)
    return done


def apply_again(item: HypercareItem, *, user: Any) -> dict[str, Any]:
    """Begin the correction that map and answers now want, for all records that it concerns; keeps run, price and counts.

    Raises Forbidden, NothingToFix, gates.GateClosed and lifecycle.RunRefused.
    """
    require(user, "load", item.project)
    account = item.link.account if item.link else cutover.production(item.project)
    if account is None:
        raise NothingToFix("There is no account that could be corrected.")
    outlook = corrections.look_ahead(account, user=user)
    run = corrections.begin(account, user=user)
    if run is None:
        raise NothingToFix("Every record says what the map and the answers say: change a rule or an answer first.")
    _keep(item, fix=HypercareItem.Fix.RULE, correction={"run": run.pk, "foreseen": outlook.in_words(), "by": user.username})
    return {"run": run.pk, **outlook.as_dict()}


def close_item(item: HypercareItem, *, user: Any, cause: str, answer: str, fix: str = "") -> HypercareItem:
    """The item is answered, with the record's life as evidence; the customer's admins get a mail.

    Raises Forbidden and NothingToFix (no cause, no answer, or no fix named).
    """
    require(user, "verify", item.project)
    fix = fix or item.fix or HypercareItem.Fix.NOTHING
    if cause not in HypercareItem.Cause.values or not cause:
        raise NothingToFix(f"Say what caused it: {', '.join(filter(None, HypercareItem.Cause.values))}.")
    if not answer.strip():
        raise NothingToFix("Say in a sentence what was found: the customer reads it.")
    if fix in (HypercareItem.Fix.PATCH, HypercareItem.Fix.RULE) and fix != item.fix:
        raise NothingToFix("That fix was not made for this item yet.")
    if item.link is not None:
        _keep(item, life=_witness(item.link))
    item.cause, item.fix, item.answer = cause, fix, answer.strip()
    item.closed_by, item.closed_at = user, clock.db_now()
    item.save(update_fields=["cause", "fix", "answer", "closed_by", "closed_at"])
    telling.item_answered(item)
    return item


def counts_by_cause(project: Project) -> dict[str, int]:
    items = HypercareItem.objects.filter(project=project, closed_at__isnull=False)
    found = Counter(HypercareItem.Cause(cause).label for cause in items.values_list("cause", flat=True))
    return dict(found.most_common())


def ends_at(project: Project) -> Any:
    """When the week is over; None before the go-live."""
    live = cutover.went_live(project)
    return live + WEEK if live else None


def close_project(project: Project, *, user: Any) -> Project:
    """The move is over: from now on the clock of retention runs. Raises Forbidden and CannotClose."""
    require(user, "confirm", project)
    if cutover.went_live(project) is None:
        raise CannotClose("Pipedrive is not declared the system of record yet: finish the cutover first.")
    if waiting := open_items(project).count():
        raise CannotClose(f"{waiting} reported items are still open: answer them first.")
    if run := project.runs.filter(state__in=RUN_UNFINISHED).first():
        raise CannotClose(f"{str(run).capitalize()} is not finished: let it end, or cancel it.")
    project.closed_at, project.closed_by = clock.db_now(), user
    project.save(update_fields=["closed_at", "closed_by"])
    return project


def reopen_project(project: Project, *, user: Any) -> Project:
    require(user, "confirm", project)
    project.closed_at, project.closed_by = None, None
    project.save(update_fields=["closed_at", "closed_by"])
    return project


def delete_after(project: Project) -> date | None:
    """When the customer's data is due to be deleted here; None while the project is open."""
    kept = timedelta(days=int(policies.value(project, policies.KEEP_DAYS)))
    return (project.closed_at + kept).date() if project.closed_at else None


def as_dict(project: Project) -> dict[str, Any]:
    items = HypercareItem.objects.filter(project=project).select_related("reported_by", "closed_by", "link")
    ends = ends_at(project)
    return {
        "project": project.slug,
        "items": [item_as_dict(item) for item in items],
        "by_cause": counts_by_cause(project),
        "ends_at": ends.isoformat() if ends else None,
        "closed_at": project.closed_at.isoformat() if project.closed_at else None,
        "delete_after": str(delete_after(project) or "") or None,
        "uploads_kept": Upload.objects.filter(project=project).count(),
    }


def item_as_dict(item: HypercareItem) -> dict[str, Any]:
    return {
        "item": item.pk,
        "title": item.title,
        "object": item.link.entity if item.link else "",
        "pipedrive_id": item.link.pipedrive_id if item.link else "",
        "cause": item.cause,
        "fix": item.fix,
        "answer": item.answer,
        "due": str(item.due) if item.due else None,
        "reported_by": item.reported_by.username if item.reported_by else "",
        "closed_by": item.closed_by.username if item.closed_by else "",
        "closed_at": item.closed_at.isoformat() if item.closed_at else None,
    }


def _keep(item: HypercareItem, *, fix: str = "", **evidence: Any) -> None:
    item.evidence = item.evidence | evidence
    item.fix = fix or item.fix
    item.save(update_fields=["evidence", "fix"])


def _witness(link: RecordLink) -> dict[str, Any]:
    """The record's life without its cells: what the customer is answered rests on it."""
    life = lineage.life(link).as_dict()
    life["rows"] = [{name: row[name] for name in ("object", "source_id", "file", "sheet", "line")} for row in life["rows"]]
    life["events"] = [{name: event[name] for name in ("what", "run", "at")} for event in life["events"]]
    return life


def _codes(link: RecordLink, values: dict[str, Any]) -> dict[str, Any]:
    """Fields by the name that people know, as the account calls them. Raises NothingToFix."""
    fields = link.account.schema.get("fields", {}).get(link.entity, [])
    known = {each["code"]: each["code"] for each in fields} | {each["name"]: each["code"] for each in fields}
    known |= {name: name for name in likeness_in(link.account.schema, link.entity).types}
    if unknown := [name for name in values if name not in known]:
        raise NothingToFix(f"A {link.entity} in {link.account} has no field “{unknown[0]}”.")
    return {known[name]: value for name, value in values.items()}
