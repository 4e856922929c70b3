"""Audit and planning of one large file, each in a process that does nothing else."""

import tempfile
from pathlib import Path
from typing import Any

from connectors.sources.results.sample import write_contacts_csv
from tests.benchmarks.measuring import apart, show, stopwatch


def run(rows: int = 500_000) -> None:
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        data, path = Path(folder) / "data", Path(folder) / "contacts.csv"
        write_contacts_csv(path, rows)
        apart("audit:stage", data, path=str(path))
        audit = apart("audit:audit", data)
        plan = apart("audit:plan", data)
    show(
        f"audit and planning of {rows:,} contacts",
        [
            ("audit", f"{audit['seconds']:.0f} s of one core, {audit['findings']:,} findings", "at most 120 s"),
            ("audit, peak memory", f"{audit['peak']:.0f} MB", "under 400 MB"),
            ("planning", f"{plan['seconds']:.0f} s, {plan['links']:,} records in {plan['batches']:,} batches", ""),
            ("planning, peak memory", f"{plan['peak']:.0f} MB", ""),
        ],
    )


# --- in processes of their own -----------------------------------------------------------------------------------------


def stage(path: str) -> dict[str, Any]:
    from tests.benchmarks import ground

    return {"project": ground.mapped(Path(path)).slug}


def audit() -> dict[str, Any]:
    from migrations_app.models import Project
    from migrations_app.services import audit as auditing
    from tests.benchmarks import ground

    with stopwatch() as took:
        made = auditing.run_audit(Project.objects.get(), user=ground.root())
    return {"seconds": took(), "findings": sum(auditing.counts(made).values())}


def plan() -> dict[str, Any]:
    """Planning alone: the account is one on paper, as nothing of it is asked."""
    from migrations_app.models import Batch, PipedriveAccount, Project, RecordLink, Run
    from migrations_app.services import planning, proposing, rows

    project = Project.objects.get()
    account = PipedriveAccount.objects.create(project=project, role="staging", url="https://bench.pipedrive.com", company="1")
    tables = [table.pk for each in rows.tables_in_force(project).values() for table in each]
    run = Run.objects.create(
        project=project, account=account, company="1", mapping=proposing.approved(project), decision_seq=project.decision_seq, tables=tables
    )
    with stopwatch() as took:
        planning.plan_run(run)
    return {"seconds": took(), "links": RecordLink.objects.count(), "batches": Batch.objects.count()}
