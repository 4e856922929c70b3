"""Records that were on their way half an hour ago and are not in the account: lost, or deleted by somebody since? People say."""

from collections.abc import Sequence

from migrations_app.models import PipedriveAccount, Question, RecordLink
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import decisions
from migrations_app.states import LinkState, transition

KIND = "was_it_deleted"
WAS_IT_DELETED = "Was it deleted by someone?"
LEFT_OUT = "deleted by someone"
AGAIN, LEAVE = "again", "leave"
CHOICES = [{"value": AGAIN, "label": "nobody deleted it: make it"}, {"value": LEAVE, "label": "somebody deleted it: leave it out"}]


def ask(account: PipedriveAccount, links: Sequence[RecordLink]) -> None:
    """Put each record before a person; an answer of before stays. One statement per 500."""
    questions = [
        Question(
            project=account.project,
            kind=KIND,
            object=KINDS[link.entity].object,
            subject=_subject(account, link),
            text=f"The answer about the {KINDS[link.entity].one} “{link}” was lost, and it is not in {account}. {WAS_IT_DELETED}",
            choices=CHOICES,
            reason="it was sent more than half an hour ago",
            safe_default=LEAVE,
            blocking=True,
            rows=1,
            present=True,
        )
        for link in links
    ]
    unique, fresh = ["project", "kind", "object", "subject"], ["text", "present"]
    Question.objects.bulk_create(questions, batch_size=500, update_conflicts=True, unique_fields=unique, update_fields=fresh)


def take_answers(account: PipedriveAccount) -> None:
    """What people said since: made again, or left out for good."""
    answers = decisions.question_answers(account.project, KIND)
    if not answers:
        return
    open_ = RecordLink.objects.filter(account=account, reason__in=(WAS_IT_DELETED, LEFT_OUT))
    said: dict[str, list[int]] = {AGAIN: [], LEAVE: []}
    for link in open_.filter(state__in=(LinkState.WAITING, LinkState.SKIPPED)):
        said.get(answers.get((KINDS[link.entity].object, _subject(account, link)), ""), []).append(link.pk)
    states = (LinkState.WAITING, LinkState.SKIPPED)
    transition(open_.filter(pk__in=said[AGAIN]), states, LinkState.PLANNED, reason="", message="", absences=0, absent_at=None)
    transition(open_.filter(pk__in=said[LEAVE]), LinkState.WAITING, LinkState.SKIPPED, reason=LEFT_OUT)


def _subject(account: PipedriveAccount, link: RecordLink) -> str:
    return f"{account.role} {link.key}"[:300]
