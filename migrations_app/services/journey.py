"""Where a project stands on its way, and what comes next: one answer for the command line and the project page."""

from dataclasses import dataclass

from migrations_app.models import Mapping, Project, Run, SchemaChange, Upload
from migrations_app.states import MappingState, RunState, SchemaState, UploadState
from migrations_app.verbs import open_counts

STAGES = ("intake", "map", "audit", "reconcile", "prepare", "load", "verify", "done")


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the journey on the project page. `state` is done, now or later."""

    name: str
    title: str
    text: str
    state: str


_TEXTS = {
    "intake": ("Exports", "Upload the export package."),
    "map": ("Map", "Look at the proposed map, edit it, approve it."),
    "audit": ("Audit", "Look at every row for trouble."),
    "reconcile": ("Decisions", "Settle what only people can decide."),
    "prepare": ("Account", "Bring the Pipedrive account into shape."),
    "load": ("Load", "Push the approved batches."),
    "verify": ("Proof", "Read everything back and compare."),
    "done": ("Done", "Everything is loaded and balanced."),
}


def stage_of(project: Project) -> str:
    """The first stage that is not done. A later export has to be audited and loaded again."""
    uploads = list(Upload.objects.filter(project=project, state=UploadState.READY).order_by("-pk").values_list("kind", "created_at"))
    if not uploads:
        return "intake"
    newest_export = next((at for kind, at in uploads if kind != Upload.Kind.SAMPLE), uploads[-1][1])
    newest = Mapping.objects.filter(project=project).order_by("-version").first()
    if newest is None or newest.state != MappingState.APPROVED:
        return "map"
    if project.audit is None or project.audit.started_at < newest_export:
        return "audit"
    if Run.objects.filter(project=project, state=RunState.FINISHED, started_at__gte=newest_export).exists():
        return "done"
    if any(open_counts(project).values()):
        return "reconcile"
    if not SchemaChange.objects.filter(account__project=project, state=SchemaState.DONE).exists():
        return "prepare"
    return "verify" if Run.objects.filter(project=project, phases__state="closing").exists() else "load"


def steps(project: Project) -> list[Step]:
    current = STAGES.index(stage_of(project))
    state = ["done" if at < current else "now" if at == current else "later" for at in range(len(STAGES))]
    return [Step(name, *_TEXTS[name], state[at]) for at, name in enumerate(STAGES[:-1])]
