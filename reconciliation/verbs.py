"""The verb `decide`, and what the queues add to `audit`, `status` and the project page."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse

from migrations_app import verbs
from migrations_app.management.verbs.common import file_of, project_of, with_project
from migrations_app.models import Forbidden, Project, RecordLink
from migrations_app.services.decisions import TooLate
from migrations_app.states import LINK_IN_TARGET, UploadState
from migrations_app.verbs import FAILED, PARTS, Answer, Call, Card, VerbFailed
from reconciliation import finding_verb, resources, scope_verb
from reconciliation.gates import queue_path
from reconciliation.models import ItemState, SuppressionConflict, Take
from reconciliation.services import counting, existing, outlook, owners, quickbooks, suppressed, values
from reconciliation.services.answers import CannotAnswer, Outcome
from reconciliation.services.deciding import FALLBACK, PARENT, Wish, decide

ORPHANS = ("contact", "person", "placeholder", "named", "skip")
DUPLICATES_HELP = "merge those that are the same; keep apart; or keep doubtful companies apart as branches of the first of them"
QUICKBOOKS_HELP = "whose value loads where QuickBooks differs; KIND is how (cut, spelling, ...) or what (name, address, ...)"
VALUES_HELP = "open deals whose lines come to another value; CAUSE is tax, discount, rounding or other"
CARDS = (  # duplicates first: answers about deals follow merges
    ("duplicates", "Duplicates", "duplicatecluster", "groups of records may be one"),
    ("orphans", "Deals without a company", "orphaneddeal", "wait for an answer before deals can load"),
    ("owners", "Owners", "ownermatch", "in the export have no user yet"),
)

SOME_CARDS = (
    ("suppression", "Suppressed persons", "suppressionconflict", "are suppressed in the source and have said yes since"),
    ("quickbooks", "QuickBooks differences", "quickbooksdifference", "keep the CRM's value until you answer"),
    ("values", "Value differences", "valuedifference", "are open deals whose lines come to another value"),
)


def register() -> None:
    verbs.register("decide", "answer the queues, in bulk or from a workbook", run, arguments)
    told = "what the audit found, and answers to it, singly, in bulk or from a workbook"
    verbs.register("findings", told, finding_verb.run, finding_verb.arguments)
    verbs.register("scope", "rules that leave records out, and what each leaves out", scope_verb.run, scope_verb.arguments)
    PARTS.open_counts.append(counting.open_counts)
    PARTS.audit_files.append(counting.write_files)
    PARTS.cards.append(cards)
    PARTS.answers.append(outlook.answers)
    PARTS.tallies.append(counting.tallies)
    PARTS.losses.append(quickbooks.losses)


def arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--orphans", type=_orphans, default=None, metavar="contact|person|placeholder|named|parent=NAME|skip")
    parser.add_argument("--owners", type=_owners, default=None, metavar="fallback=EMAIL|block")
    parser.add_argument("--owner", action="append", metavar="TEXT=EMAIL[,closed=EMAIL]", help="who takes the records of one owner")
    parser.add_argument("--duplicates", choices=("merge", "keep", "branches"), default="", help=DUPLICATES_HELP)
    parser.add_argument("--conflicts", choices=("source", "target"), default="", help="whose value stays where both sides changed a field")
    text = "records that live in Pipedrive already and may be rows of the export; link is as the project's rule links"
    parser.add_argument("--existing", choices=existing.CHOICES, default="", help=text)
    parser.add_argument("--suppressed", choices=("opt-out", "mailable"), help="persons whom the source suppresses and who said yes since")
    parser.add_argument("--quickbooks", type=_quickbooks, metavar="[KIND=]crm|quickbooks|suggested,...", help=QUICKBOOKS_HELP)
    parser.add_argument("--values", metavar="[CAUSE=]lines|lines_win|note|balance,...", help=VALUES_HELP)
    parser.add_argument("--accept-suggestions", action="store_true", help="the others follow suggestion or safe default")
    parser.add_argument("--above", type=_share, default=0.0, metavar="0.9", help="least confidence of a suggestion that is taken")
    parser.add_argument("--file", type=Path, metavar="DECISIONS.xlsx", help="a workbook exported from the page of a queue")


def run(call: Call) -> Answer:
    project = project_of(call)
    options = call.options
    wish = Wish(
        orphans=options.get("orphans") or "",
        owners=options.get("owners") or "",
        duplicates=options.get("duplicates") or "",
        conflicts=options.get("conflicts") or "",
        existing=options.get("existing") or "",
        accept=bool(options.get("accept_suggestions")),
        above=options.get("above") or 0.0,
    )
    try:
        with transaction.atomic():
            queue, from_file = _from_file(project, options.get("file"), call.user)
            owned = owners.assign_texts(project, options.get("owner") or (), user=call.user).answered
            answered = decide(project, wish, user=call.user)
            answered["owners"] += owned
            told = _suppressed(project, options.get("suppressed") or "", call.user)
            if wishes := options.get("quickbooks"):
                told |= {"quickbooks": quickbooks.decide(project, wishes, user=call.user).answered}
            worth = values.decide(project, options.get("values") or "", accept=wish.accept, user=call.user).answered
            told |= {"values": worth} if worth or options.get("values") else {}
    except (CannotAnswer, Forbidden, TooLate) as problem:
        raise VerbFailed(str(problem), FAILED) from problem
    answered |= told
    if queue:
        answered[queue] = answered.get(queue, 0) + from_file.answered
    data = {
        "answered": answered,
        "open": counting.open_counts(project),
        "refused": [each.as_dict() for each in from_file.refused],
    }
    return Answer(data, (*_lines(data), *(f"refused: {each.by_key}" for each in from_file.refused)))


def _suppressed(project: Project, choice: str, user: Any) -> dict[str, int]:
    waiting = SuppressionConflict.objects.filter(project=project, present=True, state=ItemState.OPEN)
    if not choice:
        return {}
    return {"suppression": suppressed.answer(project, list(waiting), mailable=choice == "mailable", user=user).answered}


def cards(project: Project, user: Any) -> list[Card]:
    """What waits for people, for the project page."""
    counts = counting.open_counts(project)
    found = [Card(title, counts[queue], text, queue_path(project, model), bool(counts[queue])) for queue, title, model, text in CARDS]
    path = f"{reverse('admin:migrations_app_question_changelist')}?project={project.pk}"
    found.append(Card("Questions", counts["questions"], "only you can answer", path, bool(counts["questions"])))
    if counts["conflicts"]:
        path = f"{reverse('admin:migrations_app_conflict_changelist')}?project={project.pk}"
        found.append(Card("Changes on both sides", counts["conflicts"], "were made in the source and in Pipedrive", path, True))
    if counts.get("existing"):
        path = f"{reverse('admin:migrations_app_counterpart_changelist')}?project={project.pk}"
        found.append(Card("Already in Pipedrive", counts["existing"], "may be rows of the export", path, True))
    if held := project.uploads.filter(state=UploadState.HELD).count():
        path = f"{reverse('admin:migrations_app_upload_changelist')}?project={project.pk}&state__exact=held"
        found.append(Card("Exports that wait", held, "change nothing before you put them in force", path, True))
    if vanished := RecordLink.objects.filter(account__project=project, vanished=True, state__in=LINK_IN_TARGET).count():
        path = f"{reverse('admin:migrations_app_recordlink_changelist')}?project={project.pk}&vanished__exact=1"
        found.append(Card("No longer in the export", vanished, "are in Pipedrive and stay there: look through them", path))
    for queue, title, model, text in SOME_CARDS:
        if waiting := counts.get(queue, 0):
            found.append(Card(title, waiting, text, queue_path(project, model), True))
    if again := counts.get("findings", 0):
        path = f"{reverse('admin:migrations_app_findinganswer_changelist')}?project={project.pk}&state=again"
        found.append(Card("Answers to findings", again, "are late, or the source has changed since", path, True))
    return found


def _from_file(project: Project, path: Path | None, user: Any) -> tuple[str, Outcome]:
    return resources.import_workbook(project, file_of(path), user=user) if path else ("", Outcome())


def _lines(data: dict[str, Any]) -> Iterable[str]:
    for queue, answered in data["answered"].items():
        yield f"{queue}: {answered} answered, {data['open'].get(queue, 0)} open"


def _orphans(text: str) -> str:
    if text in ORPHANS or (text.startswith(PARENT) and text != PARENT):
        return text
    raise ValueError(text)


def _quickbooks(text: str) -> dict[str, str]:
    """`crm`, or `cut=crm,address=quickbooks`: {kind or field, "" for all others: whose value}."""
    wishes = {kind.strip(): take.strip() for kind, _, take in (each.rpartition("=") for each in text.split(","))}
    if not set(wishes.values()) <= {*Take.values, quickbooks.SUGGESTED}:
        raise ValueError(text)
    return wishes


def _owners(text: str) -> str:
    if text == "block" or (text.startswith(FALLBACK) and text != FALLBACK):
        return text
    raise ValueError(text)


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError(text)
    return share
