from django.conf import settings
from django.db import models
from django.db.models import Q

from migrations_app.models.account import PipedriveAccount
from migrations_app.models.mapping import Mapping
from migrations_app.models.project import Project
from migrations_app.rules.kinds_of_record import many
from migrations_app.states import RUN_ACTIVE, BatchState, PhaseState, RunState


class Run(models.Model):
    """One load into one account. What it pins (map, uploads, decisions, schema, forecast) stays as planned."""

    PROJECT_PATH = "project"
    STATES = RunState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    account = models.ForeignKey(PipedriveAccount, on_delete=models.PROTECT, related_name="runs")
    company = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, default="full")
    state = models.CharField(max_length=14, choices=RunState.choices, default=RunState.PLANNING)
    reason = models.TextField(blank=True)
    resume_at = models.DateTimeField(null=True, blank=True)
    mapping = models.ForeignKey(Mapping, on_delete=models.PROTECT, related_name="runs")
    decision_seq = models.PositiveBigIntegerField(default=0)
    tables = models.JSONField(default=list)
    schema_digest = models.CharField(max_length=64, blank=True)
    forecast = models.JSONField(default=dict)
    progress = models.JSONField(default=dict, blank=True)  # {"rollback" | "correction": what was asked, and how far it is}
    only_phase = models.CharField(max_length=30, blank=True)
    choice = models.JSONField(default=dict, blank=True)  # what the run is limited to; the records themselves are Chosen
    tokens = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(state__in=[str(each) for each in RUN_ACTIVE]), name="one_active_run_per_company"
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class Phase(models.Model):
    """One entity of a run. `source` is what the files hold (plus `derived`), `report` the figures when it closed."""

    PROJECT_PATH = "run__project"
    STATES = PhaseState

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="phases")
    entity = models.CharField(max_length=30)
    object = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=PhaseState.choices, default=PhaseState.WAITING)
    reason = models.TextField(blank=True)
    source = models.PositiveBigIntegerField(default=0)
    derived = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(default=dict)
    tokens = models.PositiveBigIntegerField(default=0)  # spent on it, with looking at the account and reading back
    tokens_lost = models.PositiveBigIntegerField(default=0)  # of them on lost answers, and on looking for what they were about
    high_water = models.PositiveBigIntegerField(null=True, blank=True)  # highest id of the list before it, where records carry no mark
    lease_until = models.DateTimeField(null=True, blank=True)  # whoever compares the phase holds it
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # the account was still what the phase rests on

    class Meta:
        ordering = ["run_id", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "entity"], name="one_phase_per_entity")]

    def __str__(self) -> str:
        return f"{many(self.entity)} of run {self.run_id}"


class Batch(models.Model):
    """Some hundreds of links of one phase, worked by whoever holds the lease."""

    PROJECT_PATH = "phase__run__project"
    STATES = BatchState

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.PLANNED)
    attempt = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["phase_id", "number"]
        verbose_name_plural = "batches"
        constraints = [models.UniqueConstraint(fields=["phase", "number"], name="one_batch_per_number")]

    def __str__(self) -> str:
        return f"batch {self.number}"
