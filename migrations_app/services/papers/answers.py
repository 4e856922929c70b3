"""The questions of the first call, each answered from what is known of this move."""

from collections.abc import Callable

from migrations_app.models import RecordLink
from migrations_app.services.papers import certificate, grading, pricing
from migrations_app.services.papers.document import Document, Paragraph, Points, Section
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.people import wanted
from migrations_app.services.papers.quote import plan_label
from migrations_app.services.wording import counted
from migrations_app.states import LINK_IN_TARGET, RunState

Answer = Callable[[Facts], list[str]]


def build(facts: Facts) -> Document:
    about = "What customers ask first, answered from the exports, the map and the account as they stand."
    sections = [Section(question, _said(answer(facts))) for question, answer in QUESTIONS]
    return facts.document("Questions and answers", about, sections)


def _said(sentences: list[str]) -> list[Paragraph | Points]:
    first, *others = sentences
    return [Paragraph(first, "strong"), *([Points(others)] if others else [])]


def _how_long(facts: Facts) -> list[str]:
    words, steps, offer = facts.words, grading.calendar(facts), pricing.quote(facts)
    days, figures = sum(days for _, days, _ in steps), facts.estimate
    price = "The rate card is empty: there is no price yet."
    if offer.singly:
        price = f"More than {words.number(pricing.SINGLY)} records: the price is scoped singly."
    elif offer.total is not None:
        price = f"{words.money(offer.total, facts.firm.currency)} by the rate card; no record is charged for."
    load = f"Loading takes {counted(figures['days'], 'day')} of them on {plan_label(figures['plan'])} with {figures['seats']} seats."
    return [f"About {days} working days for {words.number(facts.records)} records.", load, price]


def _meanwhile(facts: Facts) -> list[str]:
    return [
        "Yes, until the weekend of the change: only what changed since the first load is loaded then.",
        f"Loading needs {facts.words.number(facts.estimate['tokens'])} tokens; {facts.estimate['share']} % of each day's are for it.",
        "The old system is frozen for the last export; there is no downtime in Pipedrive.",
    ]


def _which_plan(facts: Facts) -> list[str]:
    words, figures = facts.words, facts.estimate
    fields = len({(rule.entity, rule.field) for rule in facts.rules.values() if rule.field.startswith("custom:")})
    lines = [f"{plan_label(name)}: {counted(each['days'], 'day')} of loading" for name, each in figures["plans"].items()]
    seats = f"{len(wanted(facts)[0])} users own records." if facts.audit else "How many users own records is known after the audit."
    caps = figures["caps"]["deals"]
    room = f"{words.number(caps['planned'])} deals; this plan holds {words.number(caps['most'])}. {fields} custom fields of the map."
    return [f"{seats} {room}", *lines]


def _lost(facts: Facts) -> list[str]:
    lines = facts.losses
    if not facts.force:
        return ["That is known line by line once the exports are here."]
    if not lines:
        return ["Nothing: everything that arrived has a place in Pipedrive."]
    told = [f"{facts.label(each.object)}: {each.what}: {each.instead}" for each in lines[:8]]
    more = [f"and {len(lines) - 8} more lines, in the paper Known losses"] if len(lines) > 8 else []
    return [f"{len(lines)} things, each of them a line that you sign.", *told, *more]


def _dates(facts: Facts) -> list[str]:
    held = {"companies": 0, "contacts": 0, "deals": 0, "activities": 0} | {
        object: sum(each.filled for each in columns if each.role in ("created_at", "start")) for object, columns in facts.columns.items()
    }
    words = facts.words
    return [
        "Calls, mails and meetings keep their dates, organizations and persons their creation dates; a deal's goes into a field.",
        f"In these exports: {words.number(held['companies'] + held['contacts'])} creation dates of companies and contacts, "
        f"{words.number(held['deals'])} of deals, {words.number(held['activities'])} dates of activities.",
        f"Times are read in the zone {facts.project.timezone or 'UTC'}.",
    ]


def _mess(facts: Facts) -> list[str]:
    if facts.audit is None:
        return ["That is counted by the audit, once the exports are here."]
    words, total = facts.words, sum(facts.waiting.values())
    if not total:
        return ["No decision waits for you: every question is answered."]
    days = -(-total // grading.ANSWERS_A_DAY)
    lines = [f"{queue}: {words.number(count)}" for queue, count in facts.waiting.items() if count]
    return [f"{words.number(total)} decisions wait for you: about {counted(days, 'day')}, most of them answered in bulk.", *lines]


def _goes_wrong(facts: Facts) -> list[str]:
    stands = RecordLink.objects.filter(account__project=facts.project, state__in=LINK_IN_TARGET, derived=False).count()
    undone = sum(1 for run in facts.runs if run.state == RunState.ROLLED_BACK)
    return [
        "Each run can be taken back: what it made is removed, what it changed is as before; what people touched since is left and listed.",
        f"{facts.words.number(stands)} records stand in Pipedrive through this move; {counted(undone, 'run')} were taken back so far.",
        "Every step is written down before it is sent, so that nothing is made twice whatever breaks.",
    ]


def _mails(facts: Facts) -> list[str]:
    activities = facts.rows.get("activities", 0)
    return [
        "No. Nobody is written as an attendee of an activity, and no mail is sent by the load.",
        f"{facts.words.number(activities)} activities are in the exports; their persons are participants, whom Pipedrive does not invite.",
        "Automations, sequences and notification mails of the account are switched off before, by a named person, and on again after.",
    ]


def _quickbooks(facts: Facts) -> list[str]:
    linked = {
        facts.label(object): next((each.filled for each in columns if each.role == "qb_list_id"), 0)
        for object, columns in facts.columns.items()
    }
    lines = [f"{name}: {facts.words.number(count)} with a QuickBooks id" for name, count in linked.items() if count]
    if not lines:
        return ["No QuickBooks ids are in these exports, so nothing is linked to QuickBooks by this move."]
    return ["The QuickBooks ids come along, so that any later connection finds its records; what stays in QuickBooks stays there.", *lines]


def _opt_outs(facts: Facts) -> list[str]:
    marked = sum(each.filled for columns in facts.columns.values() for each in columns if each.role == "do_not_email")
    told = f"{facts.words.number(marked)} contacts have the column filled that says whether they may be mailed; it is kept as a field."
    suppressed = facts.rows.get("suppression", 0)
    listed = [f"{facts.words.number(suppressed)} addresses are on the suppression list."] if suppressed else []
    proof = "Each value is read back and compared, and the certificate says so."
    return [told if marked else "These exports hold no opt-outs.", *listed, proof]


def _where(facts: Facts) -> list[str]:
    names = sorted(facts.project.memberships.values_list("user__username", flat=True))
    first = facts.words.date(facts.uploads[0].created_at) if facts.uploads else ""
    kept = f"{counted(len(facts.uploads), 'package')} kept since {first}." if facts.uploads else "No export was taken in yet."
    return [
        f"In the firm's own database and nowhere else; Pipedrive gets what the map says. {kept}",
        f"Who sees it: {', '.join(names) or 'superusers only'}.",
    ]


def _attachments(facts: Facts) -> list[str]:
    count = facts.rows.get("attachments", 0)
    if not count:
        return ["No list of attachments is in the exports: if there are documents, photos or signatures, please send them with their list."]
    loads = facts.expected.get("attachments", 0) if "attachments" in facts.moving else 0
    return [f"{facts.words.number(count)} files are listed; {facts.words.number(loads)} of them are to be loaded at their record."]


def _before(facts: Facts) -> list[str]:
    tried = [run for run in facts.runs if run.account.role == "staging" and run.state == RunState.FINISHED]
    said = "A test run goes into a practice account first: you compare it with the old system, and nothing goes live before you sign."
    run = certificate.loaded(facts)
    done = f"{counted(len(tried), 'run')} finished in the practice account so far."
    where = [f"The newest one to look at is run {run.pk}, in {run.account.company_name or run.account.url}."] if run else []
    return [said, done, *where]


QUESTIONS: tuple[tuple[str, Answer], ...] = (
    ("How long, and what does it cost?", _how_long),
    ("Can my people work meanwhile? Downtime?", _meanwhile),
    ("Which Pipedrive plan, how many seats?", _which_plan),
    ("What will we lose?", _lost),
    ("Will calls and e-mails keep their dates? Created dates?", _dates),
    ("Our data is a mess: how much work for us?", _mess),
    ("What if it goes wrong?", _goes_wrong),
    ("Will our customers or reps get mails from it?", _mails),
    ("What about QuickBooks afterwards?", _quickbooks),
    ("Are opt-outs safe? Who proves it?", _opt_outs),
    ("Where is our data, who sees it, when is it deleted?", _where),
    ("Attachments, photos, signatures?", _attachments),
    ("Do we see it before it is final?", _before),
)
