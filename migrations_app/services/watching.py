"""What a load rests on in the account, looked at again while it runs: people may change it under us.

A field, an option, a stage, a pipeline or an owner that is gone, or means something else now, stops the phase with what
changed; nothing is guessed. What is new in the account, and what no record of ours needs, stops nothing.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Phase, PipedriveAccount, Run, SchemaChange, SourceField
from migrations_app.rules.kinds_of_record import many
from migrations_app.rules.refusals import account_may_have_changed
from migrations_app.services import clock, schema
from migrations_app.services.charging import charged
from migrations_app.services.needs import FIELD, PIPELINE, STAGE
from migrations_app.services.owners import OwnerResolver
from migrations_app.services.recording import Outcome
from migrations_app.services.stopping import Stop
from migrations_app.states import LinkState, RunState, SchemaState

EVERY = 300.0  # how often a phase that goes on and on is looked at
BELIEVED = 60.0  # how long a look that found nothing answers for further refusals
NAMED = 5
CHANGED = "The account was changed while the load was under way"
MAKE_AGAIN = "Prepare the account again, then let the load go on."
AS_IT_WAS = "Make it as it was, or accept the change, then let the load go on."
OTHER_OWNER = "Name another user for the records, or accept the change, then let the load go on."


class Watch:
    """One worker's eye on the account. Refusals that speak of the account have it looked at before more is sent."""

    def __init__(self, run: Run, phase: Phase, client: Pipedrive) -> None:
        self._run, self._phase, self._client = run, phase, client
        self._believed_until = 0.0

    def begin(self) -> None:
        """At the first batch of a phase, when a halted load goes on, and now and then. Raises Stop."""
        looked_at = Phase.objects.values_list("checked_at", flat=True).get(pk=self._phase.pk)
        if looked_at is None or looked_at < clock.db_now() - timedelta(seconds=EVERY):
            look(self._phase, self._client)

    def judge(self, outcomes: Sequence[Outcome]) -> None:
        """Raises Stop where records were refused because the account is not what it was; those are planned again."""
        suspicious = [each for each in outcomes if each.state == LinkState.REFUSED and account_may_have_changed(each.message)]
        if not suspicious or time.monotonic() < self._believed_until:
            return
        try:
            look(self._phase, self._client)
        except Stop:
            for each in suspicious:
                each.state, each.reason, each.message = LinkState.PLANNED, "", ""
            raise
        self._believed_until = time.monotonic() + BELIEVED


def look(phase: Phase, client: Pipedrive, *, users: bool = True) -> None:
    """Compare what the phase rests on with the account as it is (10 to 40 tokens). Raises Stop with what changed."""
    run = phase.run
    with charged(run, client, phase.entity):
        fresh = schema.read_part(client, phase.entity, users=users)
    found = list(changes(phase, fresh))
    Phase.objects.filter(pk=phase.pk).update(checked_at=clock.db_now(), reason=_in_words(found))
    if found:
        raise Stop(_in_words(found), state=RunState.FAILED)
    schema.keep_part(run.account, fresh)  # a user whom an answer names may be new


def look_again(run: Run) -> None:
    """A halted load goes on: each open phase begins with a look."""
    run.phases.update(checked_at=None)


def accept(account: PipedriveAccount, client: Pipedrive) -> None:
    """Take the account as it is from now on: what has another name, or an owner who is gone. What is missing stays missing."""
    schema.read_schema(account, client)


def _in_words(found: Sequence[tuple[str, str]]) -> str:
    if not found:
        return ""
    named = "; ".join(what for what, _ in found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
    remedies = dict.fromkeys(remedy for _, remedy in found)
    return f"{CHANGED}: {named}. {' '.join(remedies)}"


# --- what changed ------------------------------------------------------------------------------------------------------


def changes(phase: Phase, fresh: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what changed, what to do about it) of everything that records of the phase rest on. A few queries."""
    run, entity = phase.run, phase.entity
    known = run.account.schema
    made = list(SchemaChange.objects.filter(account=run.account, state=SchemaState.DONE, kind__in=(FIELD, STAGE, PIPELINE)))
    yield from _fields(entity, known, fresh, [each for each in made if each.kind == FIELD and each.parent == entity])
    if "stages" in fresh:
        yield from _places("pipeline", known["pipelines"], fresh["pipelines"], [each for each in made if each.kind == PIPELINE])
        yield from _places("stage", known["stages"], fresh["stages"], [each for each in made if each.kind == STAGE])
    if "users" in fresh:
        yield from _owners(phase, fresh["users"])


def _fields(entity: str, known: Mapping[str, Any], fresh: Mapping[str, Any], made: Sequence[SchemaChange]) -> Iterator[tuple[str, str]]:
    before = {each["code"]: each for each in schema.fields_of(known, entity)}
    now = {each["code"]: each for each in schema.fields_of(fresh, entity)}
    codes = {each.pipedrive_id: each.name for each in made}
    codes |= {code: before[code]["name"] for of, code in schema.builtins(known) if of == entity}
    for code, name in codes.items():
        what = f"the field “{name}” of {many(entity)}"
        if code not in now:
            yield f"{what} is gone", MAKE_AGAIN
        elif code in before and now[code]["type"] != before[code]["type"]:
            yield f"{what} has the type {now[code]['type']} instead of {before[code]['type']}", MAKE_AGAIN
        elif code in before:
            there = {id for id, _ in now[code]["options"]}
            gone = [f"“{label}”" for id, label in before[code]["options"] if id not in there]
            if gone:
                yield f"{what} has no option {', '.join(gone[:NAMED])} any more", MAKE_AGAIN


def _places(
    kind: str, known: Sequence[Mapping[str, Any]], fresh: Sequence[Mapping[str, Any]], made: Sequence[SchemaChange]
) -> Iterator[tuple[str, str]]:
    before, now = ({str(each["id"]): each for each in places} for places in (known, fresh))
    for change in made:
        old, new = before.get(change.pipedrive_id), now.get(change.pipedrive_id)
        if new is None:
            yield f"the {kind} “{change.name}” is gone", MAKE_AGAIN
        elif old is not None and schema.fold(old["name"]) != schema.fold(new["name"]):
            yield f"the {kind} “{old['name']}” is called “{new['name']}” now", AS_IT_WAS
        elif old is not None and old.get("pipeline_id") != new.get("pipeline_id"):
            yield f"the {kind} “{change.name}” stands in another pipeline now", AS_IT_WAS


def _owners(phase: Phase, fresh: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    active = {each["id"] for each in fresh if each["active"]}
    columns = SourceField.objects.filter(table__in=phase.run.tables, table__object=phase.object, role="owner")
    texts = {text for profile in columns.values_list("profile", flat=True) for text in (profile or {}).get("counts", {})}
    for id, email in sorted(OwnerResolver(phase.run).named(texts).items()):
        if id not in active:
            yield f"the user {email} is not active any more", OTHER_OWNER
