"""A project with one of everything that pages show; every text of its people is awkward."""

import json
from typing import Any

from django.contrib.auth.models import User

from migrations_app.models import (
    Approval,
    Audit,
    Batch,
    Confirmation,
    Conflict,
    Counterpart,
    Decision,
    Difference,
    FieldRule,
    Finding,
    FindingAnswer,
    FindingRow,
    LinkEvent,
    Mapping,
    Membership,
    Phase,
    PipedriveAccount,
    Project,
    RecordLink,
    RecordSource,
    Remark,
    Run,
    SchemaChange,
    ScopeRule,
    SourceField,
    SourceTable,
    StagedRecord,
    Upload,
    ValueRule,
)
from migrations_app.states import Role

AWKWARD = "<b>O'Hara & Söhne</b>"
ESCAPED = "&lt;b&gt;O&#x27;Hara &amp; Söhne&lt;/b&gt;"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
ROLES = {"anna": Role.CUSTOMER_ADMIN, "carl": Role.CONSULTANT, "sam": Role.STAFF}


def user(name: str, **extra: Any) -> User:
    return User.objects.create_user(name, f"{name}@firm.example", "pass", is_staff=True, **extra)


def empty_project(number: int = 1) -> Project:
    return Project.objects.create(name=f"{AWKWARD} {number}", slug=f"ohara-{number}", timezone="UTC", currency="EUR")


def whole_project(number: int = 1, members: Any = ()) -> Project:
    """An upload with one company, an approved map, an audit, a production account, and a finished run of one record."""
    project = empty_project(number)
    for member in members:
        Membership.objects.create(project=project, user=member, role=ROLES[member.username])
    table = _export(project)
    mapping = _map(project, members[0] if members else None)
    _audit(project, table, mapping)
    account = PipedriveAccount.objects.create(
        project=project,
        role="production",
        url="https://ohara.pipedrive.com",
        token=TOKEN,
        company=f"{number}",
        company_name=AWKWARD,
        is_admin=True,
    )
    SchemaChange.objects.create(account=account, kind="field", parent="organization", name=AWKWARD, detail={"label": AWKWARD}, state="done")
    _run(project, account, mapping)
    said = Decision.objects.create(
        project=project, kind="duplicate", object="companies", source_key="CO-1", answer={"survivor": AWKWARD}, seq=1
    )
    told = {"how": "accept", "old": AWKWARD, "new": AWKWARD, "why": AWKWARD}
    FindingAnswer.objects.create(project=project, object="companies", source_key="CO-1", code="overlong", decision=said, **told)
    return project


def _export(project: Project) -> SourceTable:
    upload = Upload.objects.create(
        project=project,
        name=AWKWARD,
        digest="d",
        state="ready",
        unrecognised=[AWKWARD],
        refused=[{"file": AWKWARD, "reason": "is empty"}],
    )
    table = SourceTable.objects.create(
        upload=upload,
        file=f"{AWKWARD}.csv",
        object="companies",
        headers=["Id", AWKWARD],
        roles={"0": "id", "1": "name"},
        rows=1,
        staged=1,
        skipped={AWKWARD: 1},
        notes=[AWKWARD],
    )
    SourceField.objects.create(table=table, position=1, header=AWKWARD, profile={"counts": {AWKWARD: 1}})
    StagedRecord.objects.create(
        table=table, object="companies", line=2, key="CO-1", content_hash="h", cells=json.dumps(["CO-1", AWKWARD]), label=AWKWARD
    )
    return table


def _map(project: Project, approver: User | None) -> Mapping:
    mapping = Mapping.objects.create(project=project, version=1, state="approved", approved_by=approver)
    FieldRule.objects.create(
        mapping=mapping, object="companies", column=AWKWARD, entity="organization", field="name", transform="name", confidence=0.9
    )
    ValueRule.objects.create(mapping=mapping, kind="stage", source=AWKWARD, target=AWKWARD)
    ScopeRule.objects.create(mapping=mapping, name=AWKWARD, object="companies", condition={"column": AWKWARD, "is": [AWKWARD]})
    return mapping


def _audit(project: Project, table: SourceTable, mapping: Mapping) -> None:
    audit = Audit.objects.create(project=project, mapping=mapping, tables=[table.pk])
    finding = Finding.objects.create(audit=audit, object="companies", code="no_name", severity="reject", count=1, examples=[AWKWARD])
    FindingRow.objects.create(finding=finding, table=table, line=2, key="CO-1", field=AWKWARD, value=AWKWARD, message=AWKWARD)
    project.audit = audit
    project.save()


def _run(project: Project, account: PipedriveAccount, mapping: Mapping) -> None:
    run = Run.objects.create(project=project, account=account, company=account.company, state="finished", mapping=mapping, reason=AWKWARD)
    phase = Phase.objects.create(run=run, entity="organization", object="companies", position=0, state="closed", source=1)
    batch = Batch.objects.create(phase=phase, number=1, state="done", size=1)
    record = RecordLink.objects.create(
        account=account,
        entity="organization",
        key="organization:CO-1",
        state="refused",
        message=AWKWARD,
        label=AWKWARD,
        run=run,
        batch=batch,
    )
    RecordSource.objects.create(link=record, object="companies", source_key="CO-1")
    LinkEvent.objects.create(link=record, run=run, verb="create", sent={"name": AWKWARD})
    Difference.objects.create(phase=phase, link=record, kind="value", field=AWKWARD, sent=AWKWARD, live=AWKWARD)
    sides = {"last_load": AWKWARD, "new_export": f"{AWKWARD} 2", "live": f"{AWKWARD} 3"}
    Conflict.objects.create(project=project, link=record, run=run, object="organization", field="name", name=AWKWARD, **sides)
    Counterpart.objects.create(
        project=project,
        account=account,
        entity="organization",
        object="companies",
        key="organization:CO-2",
        source_key="CO-2",
        label=AWKWARD,
        pipedrive_id="7",
        there=AWKWARD,
        strength="doubtful",
        suggestion="fill",
        reason=AWKWARD,
        facts={"lines": [[AWKWARD, AWKWARD, "", True]], "others": []},
    )
    _said(run, record)


def _said(run: Run, record: RecordLink) -> None:
    Remark.objects.create(run=run, link=record, field="name", text=AWKWARD, state="task")
    losses = [{"object": "companies", "what": AWKWARD, "instead": AWKWARD}]
    Approval.objects.create(project=run.project, run=run, mapping=run.mapping, losses=losses, on_behalf_of=AWKWARD, remark=AWKWARD)
    Confirmation.objects.create(project=run.project, account=run.account, what="quiet", items=[AWKWARD])
