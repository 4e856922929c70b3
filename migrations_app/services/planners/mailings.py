"""What mailings become beside the columns of persons and companies: sends on the timeline, the history of campaigns as a note.

No row of a file is such a record by itself: it is derived from all that was gathered about one person or company.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from migrations_app.models import Gathered, RecordLink
from migrations_app.rules.mailing import again, timeline
from migrations_app.rules.mailing.timeline import Entries, Sent
from migrations_app.rules.merging import families
from migrations_app.rules.shapes.notes import split
from migrations_app.rules.spec import ACTIVITY
from migrations_app.rules.transforms.markup import escaped
from migrations_app.services import policies
from migrations_app.services.choosing import NOT_IN_RUN
from migrations_app.services.linking import Wanted
from migrations_app.services.mailing import detail
from migrations_app.services.mailing.detail import Mailed
from migrations_app.services.mailing.gathering import MESSAGES
from migrations_app.services.pages import pages
from migrations_app.services.planners.plan import Plan
from migrations_app.services.staging import chunks
from migrations_app.states import LinkState

NOT_LOADED = "its person does not load"
AT_ONCE = 200
SENT_AT = "sent_at"  # among the facts of a record that was known before its sending
HEADING = "<p><b>Campaigns until the move</b></p>\n"
Messages = Mapping[int, Mapping[str, Any]]
Known = Mapping[str, Sequence[again.Before]]
Loading = Mapping[str, bool]  # by the key of a link: whether it loads, as planned before


def plan_sends(plan: Plan) -> Iterator[Wanted]:
    """One record for each send or month of each person, as the project chose, in bounded memory."""
    project = plan.project
    choice, since, zone = detail.chosen(project), detail.keep_recent(project, plan.account), ZoneInfo(project.timezone or "UTC")
    opened = detail.with_open_deal(project, plan.account) if choice == timeline.OPEN_DEALS else frozenset[str]()
    owner = str(policies.value(project, detail.OWNER))
    order, some_known = 0, _sends_before(plan).exists()
    for some in chunks(detail.people(project, plan.merges.get(detail.CONTACTS, {})), AT_ONCE):
        found = [(each, each.entries(choice, since, opened)) for each in some]
        messages = _messages(plan, {sent.message for _, mine in found for each in mine.values() for sent in each.singly})
        loading = _loading(plan, [f"person:{key}" for each in some for key in (each.key, *each.sends)])
        known = _known(plan, [contact for _, mine in found for contact in mine]) if some_known else {}
        for mailed, mine in found:
            for key, parent, values, *sent_at in _of_person(mailed, mine, messages, known, zone):
                order += 1
                yield _wanted(key, f"person:{parent}", values | {"user": owner}, order, loading, *sent_at)


def _of_person(mailed: Mailed, mine: Mapping[str, Entries], messages: Messages, known: Known, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """(key, contact, values). A send stays with the contact that got it, so that a merge that is undone moves it back.

    One that was known before the export told when it was sent keeps the key it had, and says its minute besides.
    """
    for contact, each in mine.items():
        met = _met(contact, each.singly, messages, known)
        for sent in each.singly:
            message, record = messages[sent.message], met.get(sent)
            told = again.as_told(sent, record) if record else sent
            values = timeline.of_send(told, message["campaign"], message["subject"], zone)
            if record is None:
                yield f"{_beginnings(contact, message)[0]}@{timeline.stamp(sent)}", contact, values
            elif record.is_stamped or not told.is_told:
                yield record.key, contact, values
            else:
                yield record.key, contact, values, told.minute
    for name, month in timeline.joined(list(mine.values())):
        yield f"rollup:{mailed.key}:{name or '-'}", mailed.key, timeline.of_month(name, month)


def _met(contact: str, sends: Sequence[Sent], messages: Messages, known: Known) -> dict[Sent, again.Before]:
    """The records of those sends that were planned before."""
    by_message: dict[int, list[Sent]] = {}
    for sent in sends:
        by_message.setdefault(sent.message, []).append(sent)
    found: dict[Sent, again.Before] = {}
    for message, some in by_message.items():
        if records := [record for begins in _beginnings(contact, messages[message]) for record in known.get(begins, ())]:
            found |= again.met(some, records)
    return found


def _beginnings(contact: str, message: Mapping[str, Any]) -> list[str]:
    """What the keys of all sends of a message to a contact begin with; after the first as exports had it that called it otherwise."""
    return [f"{timeline.SEND}{contact}:{mark}" for mark in (message["mark"], *message.get("also", ()))]


def _known(plan: Plan, contacts: list[str]) -> Known:
    """{beginning of their keys: records} of the sends to these contacts that were planned before. One query for some hundred contacts."""
    found: dict[str, list[again.Before]] = {}
    for some in chunks([f"person:{contact}" for contact in contacts], detail.AT_ONCE):
        mine = _sends_before(plan).filter(parents__parent__account=plan.account, parents__parent__key__in=some)
        for key, sent_at, person in mine.values_list("key", f"facts__{SENT_AT}", "parents__parent__key"):
            # by who the person is now: a contact that came back under another id has its sends under the old one
            begins = f"{timeline.SEND}{person.removeprefix('person:')}:{key.rpartition('@')[0].rpartition(':')[2]}"
            found.setdefault(begins, []).append(again.before(key, sent_at))
    return found


def _sends_before(plan: Plan) -> QuerySet[RecordLink]:
    return RecordLink.objects.filter(account=plan.account, entity=ACTIVITY, key__startswith=timeline.SEND)


def plan_campaign_notes(plan: Plan) -> Iterator[Wanted]:
    """The whole history of campaigns of each company, and of persons without one or of all, as the project chose; oldest first.

    What is too long for one note goes on in a second.
    """
    choice, order = policies.value(plan.project, detail.NOTES), 0
    if choice == detail.NO_NOTES:
        return
    for object, entity in (("companies", "organization"), (detail.CONTACTS, "person")):
        together = families(plan.merges.get(object, {}))
        root_of = {member: root for root, members in together.items() for member in members}
        for some in chunks(_histories(plan, object), AT_ONCE):
            companies = {told.get("company", "") for _, told in some} - {""}
            loading = _loading(plan, [f"{entity}:{key}" for key, _ in some] + [f"organization:{key}" for key in companies])
            for key, told in some:
                on_company = choice == detail.OF_COMPANIES and loading.get(f"organization:{told.get('company')}")
                if root_of.get(key, key) != key or on_company:
                    continue
                more = _lines_of(plan, object, [each for each in together.get(key, ()) if each != key])
                text = HEADING + "<br>\n".join(escaped(line) for line in sorted({*told["campaigns"], *more}))
                for part, content in enumerate(split(text), start=1):
                    order += 1
                    named = f"campaigns-of-{entity}:{key}" + (f"/{part}" if part > 1 else "")
                    yield _wanted(named, f"{entity}:{key}", {"content": content}, order, loading)


def _histories(plan: Plan, object: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    stored = Gathered.objects.filter(project=plan.project, object=object)
    for page in pages(stored, Gathered.objects.values_list("key", "detail"), detail.AT_ONCE):
        yield from ((key, told) for key, told in page if told.get("campaigns"))


def _lines_of(plan: Plan, object: str, keys: list[str]) -> list[str]:
    stored = Gathered.objects.filter(project=plan.project, object=object, key__in=keys) if keys else Gathered.objects.none()
    return [line for told in stored.values_list("detail", flat=True) for line in told.get("campaigns", ())]


def _messages(plan: Plan, numbers: set[int]) -> Messages:
    found: dict[int, Mapping[str, Any]] = {}
    for some in chunks(sorted(numbers), detail.AT_ONCE):
        keys = [str(number) for number in some]
        stored = Gathered.objects.filter(project=plan.project, object=MESSAGES, key__in=keys).values_list("key", "values")
        found |= {int(key): values for key, values in stored}
    return found


def _loading(plan: Plan, keys: list[str]) -> Loading:
    found: dict[str, bool] = {}
    for some in chunks(keys, detail.AT_ONCE):
        links = RecordLink.objects.filter(account=plan.account, key__in=some).values_list("key", "state", "reason")
        found |= {key: state != LinkState.SKIPPED or reason == NOT_IN_RUN for key, state, reason in links}
    return found


def _wanted(key: str, parent: str, values: dict[str, Any], order: int, loading: Loading, sent_at: int | None = None) -> Wanted:
    facts = {"values": values} | ({SENT_AT: sent_at} if sent_at is not None else {})
    wanted = Wanted(key, None, order, str(values.get("subject") or key)[:120], derived=True, facts=facts)
    if loading.get(parent):
        wanted.parents = [(parent.split(":", 1)[0], parent)]
    else:
        wanted.state, wanted.reason = LinkState.SKIPPED, NOT_LOADED
    return wanted
