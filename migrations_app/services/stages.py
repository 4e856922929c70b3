"""Pipelines and stages as the source has them: from its own file, or implied by the columns of the deals."""

from dataclasses import dataclass, field

from migrations_app.models import Mapping, Project
from migrations_app.rules.deals import PROJECT_STAGE
from migrations_app.rules.keys import clean
from migrations_app.services import compiling, rows
from migrations_app.services.references import fold


@dataclass(slots=True)
class Stage:
    pipeline: str
    name: str
    order: int
    probability: int | None = None


@dataclass
class StageIndex:
    """`stages` in the order of their pipelines. Without a pipelines file every pair that a deal shows is a stage."""

    project: Project
    mapping: Mapping | None = None  # whose rules say what stages become
    stages: list[Stage] = field(default_factory=list)
    declared: bool = False

    def __post_init__(self) -> None:
        force = rows.tables_in_force(self.project)
        self.declared = "pipelines" in force
        rules = self.mapping.values.filter(kind="stage").values_list("scope", "source", "target") if self.mapping else ()
        self._renames = {(fold(scope), fold(source)): target.strip() for scope, source, target in rules}
        self._known: dict[tuple[str, str], Stage] = {}
        for row in rows.stream(force.get("pipelines") or force.get("deals", [])):
            self._add({role: clean(row.cells[at]) for role, at in _places(row).items()})
        for (scope, source), _ in self._renames.items():
            pipeline, name = self._renamed(scope, source)
            if known := self.first_of(pipeline):  # a stage that only the map speaks of stands behind the others
                self._kept(Stage(known.pipeline, name, len(self.stages) + 1))
        if self.declared:
            place = {pipeline: at for at, pipeline in enumerate(self._pipelines())}
            self.stages.sort(key=lambda stage: (place[stage.pipeline], stage.order))

    def find(self, pipeline: str, stage: str) -> tuple[str, str] | None:
        """(pipeline, stage) as they are spelled, or None. A stage alone is found where only one pipeline has it,
        a pipeline alone means its first stage."""
        if stage and not pipeline:
            several = {(each.pipeline, each.name) for each in self.stages if fold(each.name) == fold(stage)}
            return several.pop() if len(several) == 1 else None
        if pipeline and not stage:
            first = self.first_of(pipeline)
            if first is None and fold(pipeline) == fold(self._project_pipeline):
                return self._project_pipeline, PROJECT_STAGE
            return (first.pipeline, first.name) if first else None
        found = self._known.get((fold(pipeline), fold(stage)))
        if found is None and (meant := self._renamed(pipeline, stage)) != (pipeline, stage):
            found = self._known.get((fold(meant[0]), fold(meant[1])))
        return (found.pipeline, found.name) if found else None

    def elsewhere(self, stage: str) -> list[Stage]:
        """The same stage name in other pipelines."""
        return [each for each in self.stages if fold(each.name) == fold(stage)]

    def first_of(self, pipeline: str) -> Stage | None:
        return next((each for each in self.stages if fold(each.pipeline) == fold(pipeline)), None)

    def _pipelines(self) -> list[str]:
        return list(dict.fromkeys(stage.pipeline for stage in self.stages))

    def _add(self, cells: dict[str, str]) -> None:
        pipeline, name = cells.get("pipeline", ""), cells.get("stage", "")
        if not pipeline and not name:
            return
        pipeline = pipeline or self.default_pipeline
        mark = (fold(pipeline), fold(name))
        if name and mark not in self._known:
            order = cells.get("order", "") if self.declared else ""
            pipeline, name = self._renamed(pipeline, name)
            stage = Stage(pipeline, name, int(order) if order.isdigit() else len(self.stages) + 1, _percent(cells.get("probability", "")))
            self._known[mark] = self._kept(stage)

    def _kept(self, stage: Stage) -> Stage:
        """The stage itself, or the one of that name that is there: several stages may become one."""
        known = self._known.setdefault((fold(stage.pipeline), fold(stage.name)), stage)
        if known is stage:
            self.stages.append(stage)
        return known

    def _renamed(self, pipeline: str, name: str) -> tuple[str, str]:
        """What the map says the stage becomes: a stage of the same pipeline, or `Pipeline / Stage`."""
        target = self._renames.get((fold(pipeline), fold(name))) or self._renames.get(("", fold(name)), "")
        if " / " in target:
            pipeline, _, target = target.partition(" / ")
        return pipeline, target or name

    def missing_for_projects(self) -> list[Stage]:
        """The pipeline of rows that are projects, which only some moves need; nothing where the source has one of that name."""
        own = self._project_pipeline
        return [] if self.first_of(own) else [Stage(own, PROJECT_STAGE, len(self.stages) + 1)]

    @property
    def _project_pipeline(self) -> str:
        return compiling.settings_of(self.project).projects_pipeline

    @property
    def default_pipeline(self) -> str:
        """The name of the pipeline where the source has stages without one."""
        return f"{self.project.get_source_label()} pipeline"


def _places(row: rows.SourceRow) -> dict[str, int]:
    return {role: at for at, role in row.table.roles_by_position().items() if role in ("pipeline", "stage", "order", "probability")}


def _percent(text: str) -> int | None:
    digits = text.replace("%", "").strip().replace(",", ".")
    try:
        number = float(digits)
    except ValueError:
        return None
    return round(number * 100) if 0 < number < 1 and "." in digits else round(number) if 0 <= number <= 100 else None
