from django.conf import settings
from django.db import models

from migrations_app.models.project import Project
from migrations_app.states import MappingState


class Mapping(models.Model):
    """One version of the map; immutable once approved."""

    PROJECT_PATH = "project"
    STATES = MappingState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="mappings")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=MappingState.choices, default=MappingState.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["project_id", "-version"]
        verbose_name = "map"
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="one_mapping_per_version")]

    def __str__(self) -> str:
        return f"map {self.version} ({self.get_state_display()})"


class FieldRule(models.Model):
    """What becomes of one column. An empty `field` means: not carried over, `reason` says why."""

    PROJECT_PATH = "mapping__project"

    mapping = models.ForeignKey(Mapping, on_delete=models.CASCADE, related_name="rules")
    object = models.CharField("source object", max_length=40)
    column = models.CharField("source column", max_length=500)
    position = models.PositiveIntegerField(default=0)
    role = models.CharField(max_length=60, blank=True)
    entity = models.CharField("Pipedrive record", max_length=30, blank=True)
    field = models.CharField("Pipedrive field", max_length=300, blank=True)
    transform = models.CharField(max_length=40, blank=True)
    options = models.JSONField(default=dict, blank=True)
    confidence = models.FloatField(default=0)
    reason = models.TextField(blank=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["object", "position", "pk"]
        verbose_name = "field rule"
        constraints = [models.UniqueConstraint(fields=["mapping", "object", "column"], name="one_rule_per_column")]

    def __str__(self) -> str:
        return f"{self.object}: {self.column}"


class ValueRule(models.Model):
    """What one source value becomes, the same for every account (stages, options, types, currencies)."""

    PROJECT_PATH = "mapping__project"

    mapping = models.ForeignKey(Mapping, on_delete=models.CASCADE, related_name="values")
    kind = models.CharField(max_length=20)  # stage | option | currency | status
    scope = models.CharField(max_length=300, blank=True)  # the pipeline of a stage, the field of an option
    source = models.CharField(max_length=500)
    target = models.CharField(max_length=500, blank=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = "value rule"
        constraints = [models.UniqueConstraint(fields=["mapping", "kind", "scope", "source"], name="one_rule_per_value")]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class ScopeRule(models.Model):
    """Which records move: `condition` is {"column": TEXT, "is": [VALUES]}; `name` is the reason shown for rows left out."""

    PROJECT_PATH = "mapping__project"

    mapping = models.ForeignKey(Mapping, on_delete=models.CASCADE, related_name="scopes")
    name = models.CharField(max_length=100)
    object = models.CharField("source object", max_length=40)
    condition = models.JSONField(default=dict)
    enabled = models.BooleanField("switched on", default=False)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "scope rule"

    def __str__(self) -> str:
        return self.name
