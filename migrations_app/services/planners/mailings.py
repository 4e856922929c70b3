"""What mailings become beside the columns of persons and companies: sends on the timeline, the history of campaigns as a note.

No row of a file is such a record by itself: it is derived from all that was gathered about one person or company.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from migrations_app.models import Gathered, RecordLink
from migrations_app.rules.mailing import timeline
from migrations_app.rules.mailing.timeline import Entries
from migrations_app.rules.merging import families
from migrations_app.rules.shapes.notes import split
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
HEADING = "<p><b>Campaigns until the move</b></p>\n"
Loading = Mapping[str, bool]  # by the key of a link: whether it loads, as planned before


def plan_sends(plan: Plan) -> Iterator[Wanted]:
    """One record for each send or month of each person, as the project chose, in bounded memory."""
    project = plan.project
    choice, newest, zone = detail.chosen(project), detail.newest_minute(project), ZoneInfo(project.timezone or "UTC")
    opened = detail.with_open_deal(project, plan.account) if choice == timeline.OPEN_DEALS else frozenset[str]()
    owner = str(policies.value(project, detail.OWNER))
    order = 0
    for some in chunks(detail.people(project, plan.merges.get(detail.CONTACTS, {})), AT_ONCE):
        found = [(each, each.entries(choice, newest, opened)) for each in some]
        messages = _messages(plan, {sent.message for _, mine in found for each in mine.values() for sent in each.singly})
        loading = _loading(plan, [f"person:{key}" for each in some for key in (each.key, *each.sends)])
        for mailed, mine in found:
            for key, parent, values in _of_person(mailed, mine, messages, zone):
                order += 1
                yield _wanted(key, f"person:{parent}", values | {"user": owner}, order, loading)


def _of_person(
    mailed: Mailed, mine: Mapping[str, Entries], messages: Mapping[int, Mapping[str, str]], zone: ZoneInfo
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(key, contact, values). A send stays with the contact that got it, so that a merge that is undone moves it back."""
    for contact, each in mine.items():
        for sent in each.singly:
            message = messages[sent.message]
            key = f"send:{contact}:{message['mark']}@{timeline.stamp(sent.minute)}"
            yield key, contact, timeline.of_send(sent, message["campaign"], message["subject"], zone)
    for name, month in timeline.joined(list(mine.values())):
        yield f"rollup:{mailed.key}:{name or '-'}", mailed.key, timeline.of_month(name, month)


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


def _messages(plan: Plan, numbers: set[int]) -> dict[int, Mapping[str, str]]:
    found: dict[int, Mapping[str, str]] = {}
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


def _wanted(key: str, parent: str, values: dict[str, Any], order: int, loading: Loading) -> Wanted:
    wanted = Wanted(key, None, order, str(values.get("subject") or key)[:120], derived=True, facts={"values": values})
    if loading.get(parent):
        wanted.parents = [(parent.split(":", 1)[0], parent)]
    else:
        wanted.state, wanted.reason = LinkState.SKIPPED, NOT_LOADED
    return wanted
