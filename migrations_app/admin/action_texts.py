"""What each action of the project page will do, in sentences with counts and cost."""

from collections import Counter
from typing import Any

from django.db.models import Count, Sum

from migrations_app.models import Batch, Mapping, PipedriveAccount, Project, RecordLink, Run, SchemaChange, Upload
from migrations_app.rules.budget import PRICES
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import estimate, lifecycle, needs, proposing, reach, retrying, rows
from migrations_app.services.changing import price
from migrations_app.services.judging import AT_ONCE
from migrations_app.states import LINK_IN_TARGET, BatchState, LinkState, SchemaState

READ_COST, READ_PAGE = 10, 500  # tokens for one list page, records on it (API.md 13)
REASONS_NAMED = 5


def upload(project: Project) -> list[str]:
    return [
        "Choose the package (zip), a workbook, or all the csv files together. They are read once, and every row is kept as it came.",
        "Answers that were given before stay. A later export takes effect only when you have seen what it would do.",
    ]


def put_in_force(upload: Upload) -> list[str]:
    return [*upload.message.splitlines(), "Nothing is sent to Pipedrive before the next load."]


def propose(project: Project) -> list[str]:
    tables = [table for each in rows.tables_in_force(project).values() for table in each]
    if not tables:
        return ["There is no export yet: upload one first."]
    columns = sum(len(table.headers) for table in tables)
    return [f"A rule is proposed for each of the {columns} columns in {len(tables)} files.", "Rules that people edited stay as they are."]


def read_map(project: Project) -> list[str]:
    newest = proposing.newest(project)
    if newest is None:
        return ["There is no map yet: propose one first."]
    again = f" Map {newest.version} is approved, so the changes go into a new version." if newest.state != "draft" else ""
    return [
        f"Choose the workbook of the paper Field map: what was changed in record, field and transform becomes an edit.{again}",
        "A row that somebody changed since the workbook was made is left as it is, and listed.",
    ]


def approve(project: Project) -> list[str]:
    mapping = proposing.newest(project)
    if mapping is None:
        return ["There is no map yet: propose one first."]
    if mapping.state != "draft":
        return [f"Map {mapping.version} is approved already; nothing changes."]
    return [
        f"Map {mapping.version} is approved as it stands: {rules_in_words(mapping)}.",
        "From then on this version no longer changes, and loads use it.",
    ]


def audit(project: Project) -> list[str]:
    force = rows.tables_in_force(project)
    counted = ", ".join(f"{rows.count(tables):,} {object.replace('_', ' ')}" for object, tables in force.items())
    return [f"Every row is looked at: {counted or 'nothing yet, upload an export first'}.", "Nothing is sent to Pipedrive."]


def prepare(account: PipedriveAccount) -> list[str]:
    mapping = proposing.approved(account.project)
    if mapping is None:
        return ["No map is approved yet: approve one first."]
    wanted = Counter(need.kind for need in needs.wanted(account.project, mapping))
    done = SchemaChange.objects.filter(account=account, state=SchemaState.DONE).count()
    counted = ", ".join(f"{count} {kind}s" for kind, count in wanted.items())
    setup = estimate.estimate(account.project, account=account)["phases"]["setup"]
    return [
        f"{account} is compared with map {mapping.version}, which needs {counted}; {done} of them are known to be there.",
        f"What is missing is made in Pipedrive. Cost: about {setup:,} tokens at most.",
    ]


def plan(account: PipedriveAccount) -> list[str]:
    if run := lifecycle.unfinished(account):
        return [f"{str(run).capitalize()} into {account} is not finished: it is taken up again, with the answers given since."]
    figures = estimate.estimate(account.project, account=account)
    counted = ", ".join(f"{count:,} {many(entity)}" for entity, count in figures["records"].items())
    return [
        f"A load into {account} is planned: {counted}.",
        f"It will cost about {figures['tokens']:,} tokens, which takes {days(figures['days'])} on this plan.",
        "Nothing is sent yet: the batches wait for approval.",
    ]


def approve_batches(run: Run) -> list[str]:
    count, size = _batches(run, BatchState.PLANNED)
    return [f"{count} batches with {size:,} records are approved for {run.account}.", "Approved batches are loaded when the run is pushed."]


def push(run: Run) -> list[str]:
    count, size = _batches(run, BatchState.APPROVED, BatchState.QUEUED)
    waiting, _ = _batches(run, BatchState.PLANNED)
    still = f" {waiting} batches still wait for approval and stay here." if waiting else ""
    return [
        f"{count} approved batches with {size:,} records go to {run.account}.{still}",
        f"Expected cost of the whole run: {run.forecast.get('tokens', 0):,} tokens.",
        "Each record is created once; the load can be paused at any time.",
    ]


def pause(run: Run) -> list[str]:
    return [f"{str(run).capitalize()} into {run.account} stops sending. What is on its way arrives; nothing is lost."]


def resume(run: Run) -> list[str]:
    why = f" It was paused because: {run.reason}" if run.reason else ""
    return [f"{str(run).capitalize()} into {run.account} goes on where it was.{why}"]


def cancel(run: Run) -> list[str]:
    there = RecordLink.objects.filter(run=run, state__in=LINK_IN_TARGET).count()
    return [f"{str(run).capitalize()} into {run.account} ends for good.", f"{there:,} records that are in Pipedrive already stay there."]


def retry(account: PipedriveAccount) -> list[str]:
    run = newest_run(account)
    found = RecordLink.objects.filter(run=run, state=LinkState.REFUSED) if run else RecordLink.objects.none()
    why = found.values_list("message").annotate(count=Count("pk")).order_by("-count")[:REASONS_NAMED]
    return [
        f"{refused(account):,} records that Pipedrive refused are sent to {account} again, and only those.",
        *(f"{count:,}: {message or 'no reason given'}" for message, count in why),
    ]


def verify(account: PipedriveAccount) -> list[str]:
    run = newest_run(account)
    if run is None:
        return ["Nothing was loaded into this account yet."]
    counts = RecordLink.objects.filter(run=run, state__in=LINK_IN_TARGET).order_by().values_list("entity").annotate(Count("pk"))
    pages = sum(-(-count // READ_PAGE) for _, count in counts)
    total = sum(count for _, count in counts)
    return [
        f"{total:,} records of {run} are read back from {account} and compared field by field. Nothing is changed.",
        f"Cost: about {pages * READ_COST:,} tokens.",
    ]


def rerun_batch(batch: Batch) -> list[str]:
    missing = retrying.missing_of(batch)
    return [
        f"{missing:,} records of {batch} of {batch.phase} that Pipedrive refused, or that were undone since, are sent again. Only those.",
        f"Cost: {missing * PRICES[batch.phase.entity].create:,} tokens. What is in Pipedrive already is not sent again.",
    ]


def foresee_undo(target: Any) -> list[str]:
    run, count = _undoable(target)
    return [
        f"{count:,} records that {run} made or changed in {run.account} are read, to see what people did to them since.",
        f"Nothing is changed. Cost: about {-(-count // AT_ONCE) * READ_COST:,} tokens.",
    ]


def undo(target: Any) -> list[str]:
    run, count = _undoable(target)
    cost = count * price("deal", "DELETE") + -(-count // AT_ONCE) * READ_COST
    return [
        f"{count:,} records that {run} made in {run.account} are removed, values that it changed are put back. About {cost:,} tokens.",
        "What people changed since, and what they hung something on, stays and is listed.",
        "Pipedrive keeps removed records for 30 days. Afterwards the load can be planned again.",
    ]


def foresee_correction(account: PipedriveAccount) -> list[str]:
    return [f"Every record of ours in {account} is compared with what the map and the answers give now.", "Nothing is sent to Pipedrive."]


def correct(account: PipedriveAccount) -> list[str]:
    return [
        f"Every record of ours in {account} that the map and the answers make otherwise now gets what differs, and only that.",
        f"Cost: {price('deal', 'PATCH')} tokens a record. A value that people changed in Pipedrive meanwhile stays and is listed.",
    ]


def filters(account: PipedriveAccount) -> list[str]:
    return [
        f"Filters of deals are saved in {account}, for whoever cleans up afterwards: no company, owner left, open past the close date.",
        "Those that are there already stay as they are. Cost: 80 tokens at most.",
    ]


def mails(project: Project) -> list[str]:
    return [
        "Mails hold counts and links, never a customer's data: what waits for you, a load that is paused, finished or needs you.",
        "If you get them now you get them no more; if you get none, they come again.",
    ]


def _undoable(target: Any) -> tuple[Run, int]:
    run, scope = reach.scope_around(target)
    return run, sum(reach.links(run, phase.entity, scope).count() for phase in reach.phases(run, scope))


# --- figures ---------------------------------------------------------------------------------------------------------


def rules_in_words(mapping: Mapping) -> str:
    counts = proposing.counts(mapping)
    return "{rules} rules, {certain} certain, {unsure} to look at, {ignored} not carried over".format(**counts)


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def newest_run(account: PipedriveAccount) -> Run | None:
    return Run.objects.filter(account=account).exclude(state="planning").order_by("-pk").first()


def refused(account: PipedriveAccount) -> int:
    run = Run.objects.filter(account=account).order_by("-pk").first()
    return RecordLink.objects.filter(run=run, state=LinkState.REFUSED).count() if run else 0


def _batches(run: Run, *states: str) -> tuple[int, int]:
    found = Batch.objects.filter(phase__run=run, state__in=states).aggregate(count=Count("pk"), size=Sum("size"))
    return found["count"], found["size"] or 0
