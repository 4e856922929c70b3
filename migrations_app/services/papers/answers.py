"""The questions of the first call, each answered from what is known of this move."""

from collections import Counter
from collections.abc import Callable

from migrations_app.models import RecordLink
from migrations_app.rules.plans import PLANS
from migrations_app.rules.spec import split_custom
from migrations_app.services import policies
from migrations_app.services.hypercare import delete_after
from migrations_app.services.loss import KINDS
from migrations_app.services.papers import grading, pricing
from migrations_app.services.papers.document import Document, Paragraph, Points, Section
from migrations_app.services.papers.facts import Facts, person
from migrations_app.services.papers.people import wanted
from migrations_app.services.papers.quote import plan_label
from migrations_app.services.papers.signed_losses import TITLES
from migrations_app.services.wording import counted, plain, told
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
    words, steps, offer, figures = facts.words, grading.calendar(facts), pricing.quote(facts), facts.estimate
    days = sum(days for _, days, _ in steps)
    price = told("The rate card is empty: there is no price yet.")
    if offer.singly:
        price = told("More than {most} records: the price is scoped singly.", most=words.number(pricing.SINGLY))
    elif offer.total is not None:
        price = told("{price} by the rate card; no record is charged for.", price=words.money(offer.total, facts.firm.currency))
    load = {"days": counted(figures["days"], "day"), "plan": plan_label(figures["plan"]), "seats": figures["seats"]}
    return [
        told("About {days} working days for {records}.", days=days, records=counted(facts.records, "record")),
        told("Loading takes {days} of them on {plan} with {seats} seats.", **load),
        price,
    ]


def _meanwhile(facts: Facts) -> list[str]:
    share = facts.estimate["share"]
    all_of_it = "Loading takes {tokens} API tokens of the account, and may take all of each day's."
    needed = "Loading takes {tokens} API tokens of the account; {share} of each day's are left to it, your other programs have the rest."
    return [
        told("Yes, until the weekend of the change: only what changed since the first load is loaded then."),
        told(
            needed if share < 100 else all_of_it,
            tokens=facts.words.number(facts.estimate["tokens"]),
            share=facts.words.percent(share / 100),
        ),
        told("The old system is frozen for the last export; there is no downtime in Pipedrive."),
    ]


def _which_plan(facts: Facts) -> list[str]:
    figures = facts.estimate
    fields = len({(rule.entity, rule.field) for rule in facts.rules.values() if split_custom(rule.field)})
    deals, seats = figures["caps"]["deals"]["planned"], figures["seats"]
    fitting = [plan for plan in PLANS.values() if plan.most_deals(seats) >= deals and plan.custom_fields >= fields]
    room = {"deals": counted(deals, "deal"), "fields": counted(fields, "custom field"), "seats": seats}
    if fitting:
        first = told("{plan} is the smallest plan with room for {deals} and {fields}, with {seats} seats.", plan=fitting[0].label, **room)
    else:
        first = told("No plan has room for {deals} and {fields} with {seats} seats: something has to stay behind.", **room)
    known = told("How many users own records is known after the audit.")
    owning = told("{users} own records and need a seat.", users=counted(len(wanted(facts)[0]), "user")) if facts.audit else known
    holds = "{plan}: {days} of loading, {deals} and {fields} at most"
    plans = [
        told(
            holds,
            plan=plan.label,
            days=counted(figures["plans"][plan.name]["days"], "day"),
            deals=counted(plan.most_deals(seats), "deal"),
            fields=counted(plan.custom_fields, "custom field"),
        )
        for plan in PLANS.values()
    ]
    return [first, owning, *plans]


def _lost(facts: Facts) -> list[str]:
    """Kind by kind: the lines themselves are a paper of their own."""
    if not facts.force:
        return [told("That is known line by line once the exports are here.")]
    if not facts.losses:
        return [told("Nothing: everything that arrived has a place in Pipedrive.")]
    lines = Counter(each.kind for each in facts.losses)
    first = told("{lines}, each of which you sign; all of them stand in the paper Known losses.", lines=counted(len(facts.losses), "line"))
    return [first, *(f"{told(TITLES[kind])}: {counted(lines[kind], 'line')}" for kind in KINDS if lines[kind])]


def _dates(facts: Facts) -> list[str]:
    held = {
        object: sum(each.filled for each in columns if each.role in ("created_at", "start")) for object, columns in facts.columns.items()
    }
    listed = [f"{facts.label(object)}: {counted(count, 'date')}" for object, count in held.items() if count]
    there = told("In these exports: {dates}.", dates="; ".join(listed)) if listed else told("These exports hold no such dates so far.")
    return [
        told("Calls, mails and meetings keep their dates, organizations and persons their creation dates; a deal's goes into a field."),
        there,
        told("Times are read in the zone {zone}.", zone=facts.project.timezone or "UTC"),
    ]


def _mess(facts: Facts) -> list[str]:
    if facts.audit is None:
        return [told("That is counted by the audit, once the exports are here.")]
    total = sum(facts.waiting.values())
    if not total:
        return [told("No decision waits for you: every question is answered.")]
    days = counted(-(-total // grading.ANSWERS_A_DAY), "day")
    first = told("{decisions} wait for you: about {days}, most of them answered in bulk.", decisions=counted(total, "decision"), days=days)
    return [first, *(f"{plain(queue)}: {facts.words.number(count)}" for queue, count in facts.waiting.items() if count)]


def _goes_wrong(facts: Facts) -> list[str]:
    stands = RecordLink.objects.filter(account__project=facts.project, state__in=LINK_IN_TARGET, derived=False).count()
    undone = sum(1 for run in facts.runs if run.state == RunState.ROLLED_BACK)
    so_far = "So far: {records} in Pipedrive through this move, {runs} taken back."
    return [
        told("Each run can be undone: what it made is gone, what it changed is as before, and what people touched since stays, listed."),
        told(so_far, records=counted(stands, "record"), runs=counted(undone, "run")),
        told("Every step is written down before it is sent, so that nothing is made twice whatever breaks."),
    ]


def _mails(facts: Facts) -> list[str]:
    activities = facts.rows.get("activities", 0)
    persons = "{activities} in the exports: their persons are participants, whom Pipedrive does not invite."
    return [
        told("No. Nobody is written as an attendee of an activity, and no mail is sent by the load."),
        *([told(persons, activities=counted(activities, "activity", "activities"))] if activities else []),
        told(
            "Automations, sequences and notification mails of the account are switched off before, by a named person, and on again after."
        ),
    ]


def _quickbooks(facts: Facts) -> list[str]:
    linked = {object: next((each.filled for each in columns if each.role == "qb_list_id"), 0) for object, columns in facts.columns.items()}
    lines = [
        told("{kind}: {count} with a QuickBooks id", kind=facts.label(object), count=facts.words.number(count))
        for object, count in linked.items()
        if count
    ]
    if not lines:
        return [told("No QuickBooks ids are in these exports, so nothing is linked to QuickBooks by this move.")]
    return [
        told("The QuickBooks ids come along, so that any later connection finds its records; what stays in QuickBooks stays there."),
        *lines,
    ]


def _opt_outs(facts: Facts) -> list[str]:
    marked = sum(each.filled for columns in facts.columns.values() for each in columns if each.role == "do_not_email")
    suppressed = facts.rows.get("suppression", 0)
    held = []
    if suppressed:
        said = "{addresses} on the suppression list: each is flagged at its person, and nothing loosens it later."
        held.append(told(said, addresses=counted(suppressed, "address", "addresses")))
    if marked:
        said = "{contacts} say whether they may be mailed; that is kept as a field."
        held.append(told(said, contacts=counted(marked, "contact")))
    return [
        *(held or [told("These exports hold no opt-outs.")]),
        told("Each value is read back and compared, and the certificate says so."),
    ]


_KEPT = "In the firm's own database and nowhere else; Pipedrive gets what the map says."


def _where(facts: Facts) -> list[str]:
    project = facts.project
    members = project.memberships.select_related("user").order_by("user__username")
    names = ", ".join(person(each.user) for each in members) or told("nobody yet but those who run the program")
    kept = told("No export was taken in yet.")
    if facts.uploads:
        since = facts.words.date(facts.uploads[0].created_at)
        kept = told("{packages} kept since {day}.", packages=counted(len(facts.uploads), "package"), day=since)
    return [
        f"{told(_KEPT)} {kept}",
        told("Who sees it: {names}.", names=names),
        _until_when(facts),
    ]


def _until_when(facts: Facts) -> str:
    if due := delete_after(facts.project):
        return told("It is to be deleted on {day}.", day=facts.words.date(due))
    return told(
        "It is to be deleted {days} after the move has ended.", days=counted(int(policies.value(facts.project, policies.KEEP_DAYS)), "day")
    )


def _attachments(facts: Facts) -> list[str]:
    count = facts.rows.get("attachments", 0)
    if not count:
        missing = (
            "No list of attachments is in the exports: if there are documents, photos or signatures, please send them with their list."
        )
        return [told(missing)]
    loads = facts.expected.get("attachments", 0) if "attachments" in facts.moving else 0
    said = "{files} listed; {loads} of them are to be loaded at their record."
    rest = [told("What becomes of the others stands in the paper Known losses.")] if loads < count else []
    return [told(said, files=counted(count, "file"), loads=facts.words.number(loads)), *rest]


def _before(facts: Facts) -> list[str]:
    tried = [run for run in facts.runs if run.account.role == "staging" and run.state == RunState.FINISHED]
    newest = {"run": tried[-1].pk, "account": tried[-1].account.company_name or tried[-1].account.url} if tried else {}
    return [
        told("A test run goes into a practice account first: you compare it with the old system, and nothing goes live before you sign."),
        told("{runs} finished in the practice account so far.", runs=counted(len(tried), "run")),
        *([told("The newest one to look at is run {run}, in {account}.", **newest)] if tried else []),
    ]


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
