"""Stage prepare: the account is brought into shape for a map, by the same protocol as records (LEDGER.md 4, last point).

List, intend, send one request, record; a lost answer is settled by lists before anything is sent again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from connectors.errors import LimitReached, OutcomeUnknown, PipedriveError, RecordRefused
from connectors.pipedrive.client import Pipedrive
from migrations_app import gates
from migrations_app.models import PipedriveAccount, SchemaChange, require
from migrations_app.services import clock, comparing, connecting, matching, schema
from migrations_app.services.mailing import suppressing
from migrations_app.services.needs import ACTIVITY_TYPE, FIELD, OPTION, PIPELINE, STAGE, Need, wanted
from migrations_app.services.proposing import approved
from migrations_app.services.wording import counted
from migrations_app.states import SchemaState, transition

GATES = ("mapping", "capacity")
ORDER = (PIPELINE, STAGE, FIELD, OPTION, ACTIVITY_TYPE)
TYPE_ICON = "checkbox"  # Pipedrive wants one; people choose another where they like
ATTEMPTS = 3  # proven absent as often: the server cannot do it

KIND_WORDS = {ACTIVITY_TYPE: "activity type"}
Progress = Callable[[str], None]


@dataclass(slots=True)
class PrepareReport:
    """What became of the needs: made now, or there already. `asked` counts collisions that nobody has answered yet,
    `refused` what Pipedrive would not make.
    """

    created: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    refused: int = 0
    tokens: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def made_in_words(self) -> str:
        return ", ".join(counted(count, kind) for kind, count in self.created.items())

    def in_words(self) -> str:
        made = self.made_in_words() or "nothing, everything was there"
        trouble = f" Refused by Pipedrive: {self.refused}." if self.refused else ""
        return f"Made {made}. Waiting for an answer: {self.asked}.{trouble} Tokens spent: {self.tokens}."


def prepare(account: PipedriveAccount, *, user: Any, progress: Progress = lambda text: None) -> PrepareReport:
    """Make what the approved map needs and the account lacks. Calling it again sends nothing that is there already.

    Raises Forbidden, gates.GateClosed, and the client's errors where no more can be sent; what was done stays recorded.
    """
    require(user, "load", account.project)
    client = connecting.client_for(account)
    try:
        connecting.recheck(account, client)
        gates.require(account, GATES)
        mapping = approved(account.project)
        assert mapping is not None  # the gate has seen it
        work = _Work(account, client, wanted(account.project, mapping), progress)
        work.run()
        suppressing.check(account, client, user=user)
        progress("looking at what lives in the account")
        matching.look(account, client)
        return work.report()
    finally:
        connecting.note_spend(account, client.door.spent)


def compare(account: PipedriveAccount, client: Pipedrive, needs: Sequence[Need]) -> None:
    """Read the account and write down what of `needs` is there, missing, or unclear. Sends nothing."""
    schema.read_schema(account, client)
    comparing.Comparison(account, needs).run()


@dataclass(slots=True)
class _Work:
    """One call of prepare."""

    account: PipedriveAccount
    client: Pipedrive
    needs: Sequence[Need]
    progress: Progress
    created: Counter[str] = field(default_factory=Counter)
    made: list[str] = field(default_factory=list)  # ids of the pipelines made now
    spare: dict[str, list[int]] = field(default_factory=dict)  # stages that came with them, in their order

    def run(self) -> None:
        self._settle_open()
        compare(self.account, self.client, self.needs)
        gates.require(self.account, GATES)  # with what the account holds now
        for kind in ORDER:
            self._carry_out(kind)
        if self.created:
            schema.read_schema(self.account, self.client)
        if any(self._rows(kind, SchemaState.ASKED) for kind in ORDER):
            comparing.Comparison(self.account, self.needs).run()  # what turned out to be there twice is asked about

    def report(self) -> PrepareReport:
        rows = SchemaChange.objects.filter(account=self.account)
        standing = Counter(rows.filter(state=SchemaState.DONE).exclude(kind=OPTION).values_list("kind", flat=True))
        return PrepareReport(
            created=dict(self.created),
            found=dict(standing - self.created),
            asked=comparing.open_questions(self.account),
            refused=rows.filter(state=SchemaState.REFUSED).count(),
            tokens=self.client.door.spent,
        )

    # --- sending -------------------------------------------------------------------------------------------------------

    def _carry_out(self, kind: str) -> None:
        for row in self._rows(kind, SchemaState.PLANNED):
            for _ in range(ATTEMPTS):
                self._send(row)
                row.refresh_from_db()
                if row.state != SchemaState.PLANNED:
                    break
            if row.state == SchemaState.PLANNED and self._parent_is_there(row):
                transition(
                    _only(row), SchemaState.PLANNED, SchemaState.REFUSED, message="Pipedrive's server failed each time it was asked."
                )
        if kind == PIPELINE and self.made:
            self._find_spare_stages()
        if kind == STAGE:
            self._remove_spare_stages()

    def _rows(self, kind: str, *states: str) -> list[SchemaChange]:
        return list(SchemaChange.objects.filter(account=self.account, kind=kind, state__in=states).order_by("order", "pk"))

    def _send(self, row: SchemaChange) -> None:
        """One request. The intent is committed before it, the outcome after it."""
        if not self._parent_is_there(row):
            return
        if not transition(_only(row), SchemaState.PLANNED, SchemaState.SENDING, intended_at=clock.db_now(), message=""):
            return  # somebody else is at it
        self.progress(f"making {KIND_WORDS.get(row.kind, row.kind)} {row.detail['label']}")
        try:
            pipedrive_id = self._request(row)
        except OutcomeUnknown as error:
            transition(_only(row), SchemaState.SENDING, SchemaState.UNKNOWN, message=str(error), intended_at=clock.db_now())
            self._settle(row)
        except RecordRefused as error:
            transition(_only(row), SchemaState.SENDING, SchemaState.REFUSED, message=str(error))
        except LimitReached as error:
            transition(_only(row), SchemaState.SENDING, SchemaState.REFUSED, message=str(error))
            raise
        except PipedriveError as error:
            transition(_only(row), SchemaState.SENDING, SchemaState.PLANNED, message=str(error))
            raise
        else:
            self._done(row, SchemaState.SENDING, pipedrive_id)

    def _request(self, row: SchemaChange) -> str:
        detail = row.detail
        if row.kind == PIPELINE:
            return str(self.client.create_pipeline(detail["label"], probability=True).id)
        if row.kind == STAGE:
            return str(self._stage(detail["label"], self._pipeline_id(row), detail["probability"]))
        if row.kind == FIELD:
            return self.client.create_field(row.parent, detail["label"], detail["type"], detail["options"]).code
        if row.kind == ACTIVITY_TYPE:
            return self.client.create_activity_type(detail["label"], TYPE_ICON).key
        self.client.add_options(row.parent, row.pipedrive_id, detail["labels"])
        return row.pipedrive_id

    def _done(self, row: SchemaChange, old: str, pipedrive_id: str) -> None:
        if transition(_only(row), old, SchemaState.DONE, pipedrive_id=pipedrive_id, found=False, done_at=clock.db_now(), message=""):
            self.created[row.kind] += len(row.detail["labels"]) if row.kind == OPTION else 1
        if row.kind == PIPELINE:
            self.made.append(pipedrive_id)
        if row.kind == STAGE:
            self.spare = {pipeline: [id for id in ids if str(id) != pipedrive_id] for pipeline, ids in self.spare.items()}

    def _pipeline_id(self, stage: SchemaChange) -> str:
        rows = SchemaChange.objects.filter(account=self.account, kind=PIPELINE, name=stage.parent, state=SchemaState.DONE)
        return rows.values_list("pipedrive_id", flat=True).first() or ""

    def _parent_is_there(self, row: SchemaChange) -> bool:
        return row.kind != STAGE or bool(self._pipeline_id(row))

    # --- stages that come with a new pipeline ----------------------------------------------------------------------------

    def _find_spare_stages(self) -> None:
        stages = schema.read_stages(self.account, self.client)["stages"]
        self.spare = {pipeline: [each["id"] for each in stages if str(each["pipeline_id"]) == pipeline] for pipeline in self.made}

    def _stage(self, name: str, pipeline: str, probability: int | None) -> int:
        """A spare stage becomes the next one that is needed: Pipedrive takes no order, a new one would stand behind them all."""
        if not self.spare.get(pipeline):
            return self.client.create_stage(name, int(pipeline), probability).id
        changes = {"name": name} if probability is None else {"name": name, "deal_probability": probability}
        return self.client.update_stage(self.spare[pipeline][0], **changes).id

    def _remove_spare_stages(self) -> None:
        """What a pipeline of ours has no use for. A pipeline without stages keeps its own; what Pipedrive will not remove stays."""
        for pipeline, ids in self.spare.items():
            if all(str(each["pipeline_id"]) != pipeline or each["id"] in ids for each in self.account.schema["stages"]):
                continue
            for id in ids:
                with suppress(RecordRefused):
                    self.client.delete_stage(id)

    # --- settling --------------------------------------------------------------------------------------------------------

    def _settle_open(self) -> None:
        """What an earlier call left on its way, or has on its way in another process right now."""
        for kind in ORDER:
            for row in self._rows(kind, *comparing.OPEN):
                transition(_only(row), SchemaState.SENDING, SchemaState.UNKNOWN)
                self._settle(row)

    def _settle(self, row: SchemaChange) -> None:
        """Find it by a list; or prove by two readings that it is not there, and let it be sent again."""
        row.refresh_from_db()
        intended = row.intended_at or clock.db_now()
        for moment in self._readings(intended):
            self._wait_until(moment, row)
            present = self._present(row)
            if len(present) == 1:
                return self._done(row, SchemaState.UNKNOWN, present[0])
            if present:
                message = f"“{row.detail['label']}” is there {len(present)} times: {', '.join(present)}"
                transition(_only(row), SchemaState.UNKNOWN, SchemaState.ASKED, message=message)
                return None
        transition(_only(row), SchemaState.UNKNOWN, SchemaState.PLANNED, message="not found in the account by two readings")
        return None

    def _readings(self, intended: datetime) -> Iterator[datetime]:
        """At once, since most lost answers are found so; then the two that prove absence."""
        yield clock.db_now()
        yield intended + timedelta(seconds=clock.settle_after())
        yield clock.db_now() + timedelta(seconds=clock.second_reading_after())

    def _wait_until(self, moment: datetime, row: SchemaChange) -> None:
        seconds = (moment - clock.db_now()).total_seconds()
        if seconds > 0:
            self.progress(f"an answer was lost; looking for {row.kind} {row.detail['label']} again in {seconds:.0f} s")
            sleep(seconds)

    def _present(self, row: SchemaChange) -> list[str]:
        """Ids of what now stands in the account as this row would have made it, and no other row claims."""
        label, detail = schema.fold(row.detail["label"]), row.detail
        if row.kind == OPTION:
            there = {
                option.label.strip().casefold()
                for each in self.client.fields(row.parent)
                if each.code == row.pipedrive_id
                for option in each.options
            }
            return [row.pipedrive_id] if all(each.strip().casefold() in there for each in detail["labels"]) else []
        if row.kind == FIELD:
            fields = self.client.fields(row.parent)
            ids = [each.code for each in fields if each.is_custom and each.type == detail["type"] and schema.fold(each.name) == label]
        elif row.kind == ACTIVITY_TYPE:
            ids = [each.key for each in self.client.activity_types() if schema.fold(each.name) == label]
        elif row.kind == PIPELINE:
            ids = [str(each.id) for each in self.client.pipelines() if schema.fold(each.name) == label]
        else:
            pipeline = self._pipeline_id(row)
            ids = [str(each.id) for each in self.client.stages() if str(each.pipeline_id) == pipeline and schema.fold(each.name) == label]
        rows = SchemaChange.objects.filter(account=self.account, kind=row.kind, state=SchemaState.DONE, pipedrive_id__in=ids)
        claimed = set(rows.exclude(pk=row.pk).values_list("pipedrive_id", flat=True))
        return [id for id in ids if id not in claimed]


def _only(row: SchemaChange) -> Any:
    return SchemaChange.objects.filter(pk=row.pk)
