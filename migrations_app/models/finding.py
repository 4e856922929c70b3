from django.db import models

from migrations_app.models.project import Project
from migrations_app.models.upload import SourceTable


class Audit(models.Model):
    """One pass over the rows in force. `decision_seq` and `uploads` say what it saw; Project.audit points to the newest."""

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="audits")
    mapping = models.ForeignKey("migrations_app.Mapping", null=True, on_delete=models.SET_NULL, related_name="+")
    tables = models.JSONField(default=list)  # pks of the tables in force
    owners = models.JSONField(default=dict)  # {text as printed: {"folded", "rows", "by_object", "email"}}
    derived = models.JSONField(default=dict)  # {"without_owner": records that nobody owns, "late_activities": undone ones of long ago}
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"audit of {self.started_at:%Y-%m-%d %H:%M}"


class Finding(models.Model):
    """One kind of trouble in one object: the rows hang below it."""

    PROJECT_PATH = "audit__project"

    class Severity(models.TextChoices):
        REJECT = "reject", "never loads"
        DECIDE = "decide", "a person decides"
        WARN = "warn", "loads, but look"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="findings")
    object = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    count = models.PositiveBigIntegerField(default=0)
    examples = models.JSONField(default=list)

    class Meta:
        ordering = ["object", "severity", "code"]
        constraints = [models.UniqueConstraint(fields=["audit", "object", "code"], name="one_finding_per_code")]

    def __str__(self) -> str:
        return f"{self.object}.{self.code}"


class FindingRow(models.Model):
    PROJECT_PATH = "finding__audit__project"

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="rows")
    table = models.ForeignKey(SourceTable, on_delete=models.CASCADE, related_name="+", db_index=False)
    line = models.PositiveBigIntegerField()
    key = models.CharField(max_length=255)
    field = models.CharField(max_length=500, blank=True)
    value = models.TextField(blank=True)
    message = models.TextField(blank=True)

    class Meta:
        verbose_name = "finding in a row"
        verbose_name_plural = "findings in rows"

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"
