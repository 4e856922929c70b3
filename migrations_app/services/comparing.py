"""The account held against the needs of a map: what is there, what is missing, what only a person can tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from migrations_app.models import PipedriveAccount, Question, SchemaChange
from migrations_app.rules.spec import FIELD_NAME_LIMIT
from migrations_app.services import decisions
from migrations_app.services.needs import ACTIVITY_TYPE, FIELD, OPTION, PIPELINE, STAGE, WITH_OPTIONS, Need
from migrations_app.services.schema import builtins, fields_of, fold
from migrations_app.states import ALLOWED, SchemaState, transition

COLLISION = "name_collision"
EXISTING, NEW = "existing", "new"
OPEN = (SchemaState.SENDING, SchemaState.UNKNOWN)
# Types of existing fields that hold the values of another type unchanged.
HOLDS: Mapping[str, frozenset[str]] = {
    "varchar": frozenset({"varchar_auto", "text"}),
    "phone": frozenset({"varchar", "varchar_auto", "text"}),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something in the account with the name that a need has. `fits`: the same thing; `usable`: it could hold the values."""

    id: str
    what: str
    fits: bool
    usable: bool
    custom: bool = True


@dataclass(frozen=True, slots=True)
class Namesakes:
    """What the account has under the need's own label (`there`), and under the one that a new twin would get."""

    label: str
    there: Sequence[Candidate]
    twin_label: str
    twins: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`label` is the name under which it stands, or is to be made, in the account."""

    state: str
    label: str
    pipedrive_id: str = ""
    found: bool = False
    message: str = ""
    collision: bool = False


@dataclass(slots=True)
class Comparison:
    """One pass over all needs. Afterwards every need has its SchemaChange, and every collision its Question."""

    account: PipedriveAccount
    needs: Sequence[Need]
    known: dict[tuple[str, str, str], SchemaChange] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pipelines: dict[str, str] = field(default_factory=dict)  # name of the need: id in the account

    def run(self) -> None:
        rows = SchemaChange.objects.filter(account=self.account)
        self.known = {(row.kind, row.parent, row.name): row for row in rows}
        self.answers = decisions.question_answers(self.account.project, COLLISION)
        there = builtins(self.account.schema)
        needed = [need for need in self.needs if (need.parent, need.unless) not in there]
        if "activity_types" not in self.account.schema:  # an account that was read before anybody asked for them
            needed = [need for need in needed if need.kind != ACTIVITY_TYPE]
        for order, need in enumerate(needed):
            self._compare(need, order)
        self._forget({(need.kind, need.parent, need.name) for need in needed})

    def _compare(self, need: Need, order: int) -> None:
        row = self.known.get((need.kind, need.parent, need.name))
        if row and row.state in OPEN:
            return  # on its way: settled by lists before anything else
        namesakes = self._namesakes(need)
        answer = self.answers.get(subject_of(need))
        provisional = self.account.role == PipedriveAccount.Role.STAGING
        verdict = _kept(row, namesakes, answer) or judge(namesakes, answer, provisional=provisional)
        self._write(need, row, verdict, order)
        if need.kind == PIPELINE and verdict.pipedrive_id:
            self.pipelines[need.name] = verdict.pipedrive_id
        if need.type in WITH_OPTIONS and verdict.pipedrive_id:
            self._compare_options(need, verdict.pipedrive_id, order)
        if verdict.collision:
            ask(self.account, need, namesakes, blocking=verdict.state == SchemaState.ASKED)

    def _namesakes(self, need: Need) -> Namesakes:
        schema, twin = self.account.schema, twin_label(need, self.account.project.get_source_label())
        named = [_named(need, label, schema, self.pipelines) for label in (need.label, twin)]
        return Namesakes(need.label, named[0], twin, named[1])

    def _compare_options(self, need: Need, code: str, order: int) -> None:
        """Options that an existing field lacks are one change: Pipedrive takes all of them or none."""
        row = self.known.get((OPTION, need.parent, need.name))
        missing = missing_options(self.account.schema, need.parent, code, need.options)
        if (row is None and not missing) or (row and row.state in OPEN):
            return
        state = SchemaState.PLANNED if missing else SchemaState.DONE
        self._write(replace(need, kind=OPTION, options=tuple(missing)), row, Verdict(state, need.label, code), order)

    def _write(self, need: Need, row: SchemaChange | None, verdict: Verdict, order: int) -> None:
        """Insert or move the row. Made once for each thing an account lacks, so queries grow with the schema, never with the data."""
        detail = _detail(need) | {"label": verdict.label}
        found = verdict.found or bool(row and row.found and row.pipedrive_id == verdict.pipedrive_id)
        values = {"order": order, "detail": detail, "pipedrive_id": verdict.pipedrive_id, "found": found, "message": verdict.message}
        if row is None:
            SchemaChange.objects.create(
                account=self.account, kind=need.kind, parent=need.parent, name=need.name, state=verdict.state, **values
            )
        elif row.state == verdict.state:
            SchemaChange.objects.filter(pk=row.pk, state=row.state).update(**values)
        else:
            if verdict.state not in ALLOWED[SchemaState][row.state]:
                transition(SchemaChange.objects.filter(pk=row.pk), row.state, SchemaState.PLANNED)
                row.state = SchemaState.PLANNED
            transition(SchemaChange.objects.filter(pk=row.pk), row.state, verdict.state, **values)

    def _forget(self, needed: set[tuple[str, str, str]]) -> None:
        """What a later map no longer needs and nobody has sent is no change any more."""
        unsent = (SchemaState.PLANNED, SchemaState.ASKED, SchemaState.REFUSED)
        stale = [row.pk for key, row in self.known.items() if key not in needed and row.kind != OPTION and row.state in unsent]
        SchemaChange.objects.filter(pk__in=stale, state__in=unsent).delete()


# --- one need ----------------------------------------------------------------------------------------------------------


def _named(need: Need, label: str, schema: Mapping[str, Any], pipelines: Mapping[str, str]) -> list[Candidate]:
    if need.kind == FIELD:
        there = [each for each in fields_of(schema, need.parent) if fold(each["name"]) == fold(label)]
        return [_field_candidate(need, each) for each in there]
    if need.kind == ACTIVITY_TYPE:
        there = [each for each in schema.get("activity_types", []) if fold(label) in (fold(each["name"]), each["key"])]
        return [Candidate(each["key"], f"activity type {each['name']}", True, True) for each in there[:1]]
    if need.kind == PIPELINE:
        there = [each for each in schema.get("pipelines", []) if fold(each["name"]) == fold(label)]
    else:
        pipeline = pipelines.get(need.parent, "")
        there = [each for each in schema.get("stages", []) if str(each["pipeline_id"]) == pipeline and fold(each["name"]) == fold(label)]
    return [Candidate(str(each["id"]), f"{need.kind} {each['id']}", True, True) for each in there]


def _field_candidate(need: Need, each: Mapping[str, Any]) -> Candidate:
    custom, same = bool(each["custom"]), each["type"] == need.type
    what = f"{'custom' if custom else 'built-in'} field of type {each['type']}"
    return Candidate(each["code"], what, custom and same, custom and (same or each["type"] in HOLDS.get(need.type, ())), custom)


def judge(namesakes: Namesakes, answer: str | None, *, provisional: bool) -> Verdict:
    """What to do about one need. A collision is asked about; a new field of another name is what does no harm meanwhile.

    That is done at once where answers are taken provisionally, and where only a built-in field has the name: putting values
    there is never the answer.
    """
    there = namesakes.there
    fitting = [each for each in there if each.fits]
    if len(fitting) == 1:
        return Verdict(SchemaState.DONE, namesakes.label, fitting[0].id, found=True)
    if not there:
        return Verdict(SchemaState.PLANNED, namesakes.label)
    usable = fitting or [each for each in there if each.usable]
    harmless = provisional or not any(each.custom for each in there)
    choice = answer or (NEW if harmless else "")
    if choice == EXISTING and usable:
        return Verdict(SchemaState.DONE, namesakes.label, usable[0].id, found=True, collision=True)
    if choice == NEW:
        made = next((each.id for each in namesakes.twins if each.fits), "")
        state = SchemaState.DONE if made else SchemaState.PLANNED
        return Verdict(state, namesakes.twin_label, made, found=bool(made), collision=True)
    what = ", ".join(each.what for each in there)
    return Verdict(SchemaState.ASKED, namesakes.label, message=f"“{namesakes.label}” is there already: {what}", collision=True)


def _kept(row: SchemaChange | None, namesakes: Namesakes, answer: str | None) -> Verdict | None:
    """What was made or found before stays, as long as it is there and a person's answer since does not speak against it."""
    if row is None or row.state != SchemaState.DONE:
        return None
    for label, candidates in ((namesakes.label, namesakes.there), (namesakes.twin_label, namesakes.twins)):
        for each in candidates:
            contradicted = answer is not None and (answer == EXISTING) != (label == namesakes.label)
            if each.id == row.pipedrive_id and each.usable and not contradicted:
                return Verdict(SchemaState.DONE, label, each.id, found=row.found)
    return None


def missing_options(schema: Mapping[str, Any], entity: str, code: str, labels: Sequence[str]) -> list[str]:
    """Labels that the field lacks; case and blanks around do not count."""
    there = {label.strip().casefold() for each in fields_of(schema, entity) if each["code"] == code for _, label in each["options"]}
    return [label for label in labels if label.strip().casefold() not in there]


def twin_label(need: Need, source: str) -> str:
    """The name of a new twin: `Customer Tier (from Results)` beside the customer's own `Customer Tier`."""
    tail = f" (from {source})"
    return need.label[: FIELD_NAME_LIMIT - len(tail)] + tail


def _detail(need: Need) -> dict[str, Any]:
    if need.kind == FIELD:
        return {"field": need.field, "type": need.type, "options": list(need.options)}
    if need.kind == OPTION:
        return {"field": need.field, "labels": list(need.options)}
    return {"probability": need.probability} if need.kind == STAGE else {}


# --- asking ------------------------------------------------------------------------------------------------------------


def subject_of(need: Need) -> tuple[str, str]:
    """(object, subject) of the question about a need: the same for staging and production."""
    if need.kind == FIELD:
        return need.parent, need.name[:300]
    return need.kind, (need.name if need.kind == PIPELINE else f"{need.parent} / {need.name}")[:300]


def ask(account: PipedriveAccount, need: Need, namesakes: Namesakes, *, blocking: bool) -> None:
    """Put the collision before a person, where there is more than one way. Answers given stay."""
    object, subject = subject_of(need)
    there = namesakes.there
    usable = [each for each in there if each.usable]
    if not any(each.custom for each in there):
        return  # beside a built-in field only a new one can be made, and its name says where it comes from
    thing = f"a {need.type} field" if need.kind == FIELD else f"the {need.kind}"
    choices = [{"value": NEW, "label": f"make a new one called “{namesakes.twin_label}”"}]
    if usable:
        choices.append({"value": EXISTING, "label": f"use the {usable[0].what} that is there"})
    Question.objects.update_or_create(
        project=account.project,
        kind=COLLISION,
        object=object,
        subject=subject,
        defaults={
            "text": f"The map needs {thing} called “{need.label}”; {account} already has: {', '.join(each.what for each in there)}.",
            "choices": choices,
            "suggestion": NEW,
            "confidence": 0.9,
            "reason": "nothing that people keep there is touched",
            "safe_default": NEW,
            "blocking": blocking,
            "evidence": {"account": account.role, "there": [{"id": each.id, "what": each.what} for each in there]},
            "present": True,
        },
    )


def open_questions(account: PipedriveAccount) -> int:
    """Collisions that were last seen in this account and that nobody has answered, also where the safe default was taken."""
    rows = Question.objects.filter(project=account.project, kind=COLLISION, answer="", present=True)
    return rows.filter(evidence__account=account.role).count()
