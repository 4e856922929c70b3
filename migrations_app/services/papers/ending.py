"""What stops on the day the old account is closed: everything that its servers do, with what the exports tell of it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from migrations_app.models import CutoverStep, Gathered, SourceField
from migrations_app.rules.mailing import ending
from migrations_app.rules.mailing.ending import Server
from migrations_app.rules.mailing.rebuild import Workflow
from migrations_app.rules.profile import DISTINCT_LIMIT
from migrations_app.services.mailing import detail, handing_over
from migrations_app.services.mailing.handing_over import Kept
from migrations_app.services.mailing.reading import day_of
from migrations_app.services.papers.document import FILL, NUMBER, TEXT, Block, Column, Paragraph, Section, Table, Ticks
from migrations_app.services.papers.facts import Facts

TITLE = "What stops on the day you cancel"
NAMED = 5
_FORMS = re.compile(r"form|landing|submit|page visit|web visit", re.I)
_SERVED = re.compile(r"form|landing|page|visit|redirect|tracking|subscription center|preference", re.I)
_SERVERS = (
    Column("server", TEXT, 26), Column("what is there", TEXT, 40), Column("clicks told of", NUMBER, 12), Column("such as", TEXT, 40),
    Column("whose it is, what becomes of it", FILL, 24),
)  # fmt: skip
_SOURCES = (Column("where contacts opted in", TEXT, 40), Column("contacts", NUMBER, 12), Column("replaced by", FILL, 30))
_NOT_ALL = (
    f" Of the addresses that people clicked on, the first {DISTINCT_LIMIT:,} different ones of each file are counted: a server that stands"
    " only among later ones is not listed, and clicks on those are not told of."
)
PROFILES_AT_ONCE = 200
Tick = tuple[bool, str, str]


def section(facts: Facts, workflows: list[Workflow]) -> Section:
    kept = list(handing_over.all_templates(facts.project))
    clicked, all_of_them = _counted(facts, "email_sends", "url")
    servers = ending.servers((each.read for each in kept if each.content), clicked)
    entered, _ = _counted(facts, "contacts", "opt_in_source")
    blocks: list[Block] = [Paragraph(_when(facts)), Ticks(list(_ticks(facts, workflows, kept, servers)))]
    if servers:
        text = "Servers that templates and clicks lead to. What the old system runs ends with it, also under a name of your own domain."
        text += "" if all_of_them else _NOT_ALL
        blocks += [Paragraph(text), Table(_SERVERS, [(each.host, each.what, each.clicks or None, each.example, "") for each in servers])]
    if entered:
        rows = [(source, count, "") for source, count in entered.most_common()]
        blocks += [Paragraph("Where contacts came in until now. Forms and pages of the old system among them take nobody in any more."),
                   Table(_SOURCES, rows, shown=30)]  # fmt: skip
    return Section(TITLE, blocks)


def _when(facts: Facts) -> str:
    step = CutoverStep.objects.filter(project=facts.project, planned_at__isnull=False).order_by("-planned_at").first()
    planned = f" The last step of the cutover is planned for {facts.words.date(step.planned_at)}." if step and step.planned_at else ""
    return f"Cancel only when each of these is ticked: nothing of it can be brought back afterwards.{planned}"


def _ticks(facts: Facts, workflows: Sequence[Workflow], kept: Sequence[Kept], servers: Sequence[Server]) -> Iterator[Tick]:
    active = [each.name for each in workflows if each.active]
    yield False, f"{_many(len(active), 'active workflow')} stop{'s' if len(active) == 1 else ''}{_such(active)}", "rebuilt, or given up"
    for kind, remark in (
        (ending.PICTURE, "copied elsewhere, addresses changed"),
        (ending.LANDING, "replaced on the web site, old addresses redirected"),
        (ending.FORM, "replaced by forms of the web site or of Pipedrive"),
        (ending.BROWSER, "die in mails already sent"),
        (ending.REDIRECT, "lead nowhere any more in mails already sent"),
        (ending.SCRIPT, "taken out"),
    ):
        hosts = [each.host for each in servers if each.counts[kind]]
        if count := sum(each.counts[kind] for each in servers):
            yield False, f"{ending.some(kind, count)} that templates or clicks lead to, on{_such(hosts).removeprefix(':')}", remark
    yield from _told_of_pages(facts, workflows)
    yield False, "Tracking scripts of the old system on the web site: no export tells where they stand", "taken off"
    yield False, _unsubscribing(facts, kept), "the last suppression list taken in after that day"
    replies = list(dict.fromkeys(each.reply_to for each in kept if each.reply_to))
    yield (
        False,
        f"Replies and bounces to {', '.join(replies[:NAMED]) or 'addresses of the old system'}",
        "redirected to a mailbox",
    )


def _told_of_pages(facts: Facts, workflows: Sequence[Workflow]) -> Iterator[Tick]:
    """Forms and pages, as files about them and workflows that start from them tell of some."""
    files = [name for upload in facts.uploads for name in upload.unrecognised if _SERVED.search(name)]
    started = [each.name for each in workflows if each.active and _FORMS.search(each.trigger)]
    told = []
    if files:
        told.append(f"listed in {', '.join(map(str, files[:NAMED]))}")
    if started:
        told.append(f"{_many(len(started), 'workflow')} start{'s' if len(started) == 1 else ''} from them{_such(started)}")
    said = "; ".join(told) or "the exports tell of none: look in the old system"
    yield False, f"Web forms and landing pages take nothing any more: {said}", "replaced on the web site"


def _unsubscribing(facts: Facts, kept: Sequence[Kept]) -> str:
    """How many people hold mails whose links die, as far as sends were exported."""
    carrying = sum(1 for each in kept if each.content and ending.unsubscribes(each.read))
    people = Gathered.objects.filter(project=facts.project, object="contacts", values__has_key="emails_sent").count()
    newest = detail.newest_minute(facts.project)
    last = f", the last on {day_of(newest)}" if newest else ""
    had = f"{_many(people, 'contact')} got mails{last}" if people else "no sends were exported"
    return f"Unsubscribe links in mails already sent: {had}; {_many(carrying, 'template')} of the exports with one"


def _counted(facts: Facts, object: str, role: str) -> tuple[Counter[str], bool]:
    """{text: how often} as the profiles of that column counted them, and whether that is every different text."""
    columns = SourceField.objects.filter(table__in=[table.pk for table in facts.force.get(object, [])], role=role)
    found: Counter[str] = Counter()
    complete = True
    for profile in columns.values_list("profile", flat=True).iterator(PROFILES_AT_ONCE):
        found.update(profile.get("counts", {}))
        complete = complete and not profile.get("distinct_is_capped")
    return found, complete


def _such(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f": {', '.join(names[:NAMED])}{more}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
