from django.conf import settings
from django.db import models

from migrations_app.models.decision import Decision
from migrations_app.models.project import Project
from migrations_app.models.upload import SourceTable


class Audit(models.Model):
    """One pass over the rows in force. `decision_seq` and `uploads` say what it saw; Project.audit points to the newest."""

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="audits")
    mapping = models.ForeignKey("migrations_app.Mapping", null=True, on_delete=models.SET_NULL, related_name="+")
    tables = models.JSONField(default=list)  # pks of the tables in force
    owners = models.JSONField(default=dict)  # {text as printed: {"folded", "rows", "by_object", "email"}}
    derived = models.JSONField(default=dict)  # counts: without_owner, late_activities, done_calls; and more
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

    @property
    def project(self) -> Project:
        return self.finding.audit.project

    @property
    def project_id(self) -> int:
        return self.finding.audit.project_id


class FindingAnswer(models.Model):
    """What people said to one finding in one row; it names key, code and field, so that it survives another export.

    `place` is the role of the column that holds the value, else its header. `old` is the cell as it came (NUL shown as ␀),
    `new` what it is read as instead. Who said it, and when it was taken back, stands with the decision.
    """

    PROJECT_PATH = "project"

    class How(models.TextChoices):
        FIX = "fix", "corrected here"
        SOURCE = "source", "will be corrected in the source"
        EMPTY = "empty", "loads without this value"
        SKIP = "skip", "the record is left out"
        ACCEPT = "accept", "accepted as it is"

    class State(models.TextChoices):
        STANDS = "stands", "stands"
        CLOSED = "closed", "corrected in the source"
        CHANGED = "changed", "the source has changed too"
        AGAIN = "again", "found again all the same"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="finding_answers")
    object = models.CharField(max_length=40)
    source_key = models.CharField(max_length=255)
    code = models.CharField(max_length=60)
    field = models.CharField(max_length=500, blank=True)
    place = models.CharField("column", max_length=500, blank=True)
    how = models.CharField("answer", max_length=8, choices=How.choices)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    why = models.TextField(blank=True)
    due = models.DateField(null=True, blank=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.STANDS)
    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="finding_answer")

    class Meta:
        ordering = ["object", "source_key", "pk"]
        verbose_name = "answer to a finding"
        verbose_name_plural = "answers to findings"
        constraints = [models.UniqueConstraint(fields=["project", "object", "source_key", "code", "field"], name="one_answer_per_finding")]

    def __str__(self) -> str:
        return f"{self.source_key}: {self.get_how_display()}"
