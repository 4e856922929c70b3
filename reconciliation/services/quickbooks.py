"""Differences between the CRM and QuickBooks: seen by the audit, settled by kind or singly, taken back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from migrations_app.models import Decision, Finding, Project
from migrations_app.rules import quickbooks
from migrations_app.services import customers, decisions, policies, wording
from migrations_app.services.evidence import QuickBooksFacts
from migrations_app.services.loss import Loss
from migrations_app.services.quickbooks import answer_key, rule_of
from migrations_app.services.wording import counted, told
from reconciliation.models import ItemState, QuickBooksDifference, Take
from reconciliation.services import answers, mirroring
from reconciliation.services.answers import CannotAnswer, Outcome, chunks, digest, plain
from reconciliation.services.mirroring import GIVEN, note_who

KIND = Decision.Kind.QUICKBOOKS
SUGGESTED = "suggested"
COPIED = ["label", "kind", "crm", "quickbooks", "list_id", "rule", "transactions", "line", "suggestion", "confidence", "reason"]
MIRRORED = ("take", *GIVEN)


def refresh(project: Project, facts: Iterable[QuickBooksFacts]) -> None:
    """Make the queue what the newest audit saw: answers stay, what it no longer sees is no longer present."""
    QuickBooksDifference.objects.filter(project=project, present=True).update(present=False)
    first = {(each.object, each.key, each.field): each for each in reversed(list(facts))}
    for part in chunks(reversed(first.values())):
        seen = [_row(project, each) for each in part]
        mirroring.store(project, seen, _take_answers, key="source_key", beside=("object", "field"), fields=(*COPIED, *MIRRORED))


def answer(project: Project, rows: Sequence[QuickBooksDifference], take: str, *, user: Any) -> Outcome:
    """Give all of `rows` the same answer. Raises Forbidden."""
    return answer_each(project, [(row, take) for row in rows], user=user)


def answer_each(project: Project, picks: Sequence[tuple[QuickBooksDifference, str]], *, user: Any) -> Outcome:
    """Answer each by its own pick, in one transaction. Raises Forbidden."""
    by_object: dict[str, list[tuple[QuickBooksDifference, str]]] = defaultdict(list)
    for row, take in picks:
        by_object[row.object].append((row, take))
    with transaction.atomic():
        for object, some in by_object.items():
            given = {_key(row): {"take": str(take)} for row, take in some}
            proposed = {_key(row): {"take": row.suggestion, "confidence": row.confidence} for row, _ in some}
            decisions.decide(project, kind=KIND, object=object, answers=given, suggestions=proposed, user=user)
        for row, _ in picks:
            row.answered_on = row.evidence
        mirror(project, [row for row, _ in picks])
    return Outcome(len(picks))


def decide(project: Project, wishes: Mapping[str, str], *, user: Any) -> Outcome:
    """Answer by {kind or field: crm | quickbooks | suggested} what nobody has answered yet; "" answers all others that are open.

    Raises Forbidden and CannotAnswer.
    """
    known = {"", *QuickBooksDifference.Kind.values, *(pair.field for pairs in quickbooks.PAIRS.values() for pair in pairs)}
    if unknown := [name for name in wishes if name not in known]:
        raise CannotAnswer(f"“{unknown[0]}” is no kind of difference and no field; there are {', '.join(sorted(known - {''}))}.")
    unanswered = QuickBooksDifference.objects.filter(project=project, present=True).exclude(state=ItemState.ANSWERED)
    picks = []
    for row in unanswered if wishes else ():
        named = wishes.get(row.kind) or wishes.get(row.field)
        if wish := named or (wishes.get("") if row.state == ItemState.OPEN else ""):
            picks.append((row, row.suggestion if wish == SUGGESTED else wish))
    return answer_each(project, picks, user=user)


def take_back(project: Project, rows: Sequence[QuickBooksDifference], *, user: Any) -> int:
    """Undo the answers that count for `rows`; what was said before counts again. Raises Forbidden and TooLate."""
    keys: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        keys[row.object].append(_key(row))
    with transaction.atomic():
        undone = answers.take_back(project, KIND, keys, user=user)
        mirror(project, rows)
    return undone


def mirror(project: Project, rows: Sequence[QuickBooksDifference]) -> None:
    """Write the answers that count beside the differences."""
    mirroring.mirror(project, rows, _take_answers, MIRRORED)


def loads(row: QuickBooksDifference) -> str:
    """Whose value loads as things stand: by the answer, else by the project's rule."""
    return row.take or quickbooks.winner(rule_of(row.project, row.rule), row.kind, row.transactions)


def asks(project: Project, each: QuickBooksFacts | QuickBooksDifference) -> bool:
    """Whether a person has to say: what the project's rule settles needs no answer, and can be given one."""
    return quickbooks.is_asked(rule_of(project, each.rule), each.kind, each.transactions)


def losses(project: Project) -> list[Loss]:
    """What the CRM says and QuickBooks overrides: it stays with the export."""
    there = (
        QuickBooksDifference.objects.filter(project=project, present=True)
        .exclude(crm="")
        .exclude(kind=quickbooks.PHONE_FORMAT)
        .select_related("project")
    )
    given_way = Counter(row.field for row in there.iterator(2000) if loads(row) == Take.QUICKBOOKS)
    instead = told("QuickBooks' value loads; the CRM's stays with the export, and both stand under QuickBooks differences")
    values = (
        Loss("values", "", f"quickbooks={field}", count, _otherwise(field, count), instead) for field, count in sorted(given_way.items())
    )
    return [*values, *_left_with_the_list(project)]


def _otherwise(field: str, count: int) -> str:
    return told("QuickBooks has another {field}: {records}", field=told(field.replace("_", " ")), records=counted(count, "record"))


def _left_with_the_list(project: Project) -> Iterator[Loss]:
    """Rows of QuickBooks' own list that stand beside no record, as the newest audit counted them."""
    instead = told("no organization is made of them; they stay with the export and are listed")
    found = Finding.objects.filter(audit=project.audit_id, object=customers.OBJECT, count__gt=0)
    for code, count in found.values_list("code", "count"):
        if code != customers.ONLY_THERE or policies.value(project, customers.POLICY) == customers.LEAVE:
            what = told("{rows} of the QuickBooks list: {words}", rows=counted(count, "row"), words=wording.plain(code))
            yield Loss("scope", customers.OBJECT, code, count, what, instead)


def evidences(project: Project, facts: Iterable[QuickBooksFacts]) -> Iterator[tuple[tuple[str, str, str], str, bool]]:
    """((object, source key, field), digest of what bears on the answer, whether one is asked for)."""
    return (((each.object, each.key, each.field), _digest(each), asks(project, each)) for each in facts)


def _row(project: Project, each: QuickBooksFacts) -> QuickBooksDifference:
    return QuickBooksDifference(
        project=project,
        object=each.object,
        source_key=each.key,
        label=plain(each.label),
        field=each.field,
        kind=each.kind,
        crm=plain(each.crm),
        quickbooks=plain(each.quickbooks),
        list_id=plain(each.list_id)[:255],
        rule=each.rule,
        transactions=each.transactions,
        line=each.line,
        suggestion=each.suggestion,
        confidence=each.confidence,
        reason=each.reason,
        evidence=_digest(each),
    )


def _digest(each: QuickBooksFacts) -> str:
    return digest(each.crm, each.quickbooks, each.transactions)


def _key(row: QuickBooksDifference) -> str:
    return answer_key(row.field, row.source_key)


def _take_answers(project: Project, rows: Sequence[QuickBooksDifference]) -> None:
    for object in {row.object for row in rows}:
        mine = [row for row in rows if row.object == object]
        found = answers.counting(project, KIND, object, [_key(row) for row in mine])
        for row in mine:
            counts = found.get(_key(row))
            row.take = Take(counts.answer["take"]) if counts else ""
            row.state = ItemState.ANSWERED if counts else ItemState.OPEN if asks(project, row) else ItemState.MATCHED
            row.changed = bool(counts) and row.answered_on != row.evidence
            note_who(row, counts)
