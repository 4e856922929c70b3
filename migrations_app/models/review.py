"""What people say about the records of a test run, and which records they want to see in every one."""

from django.conf import settings
from django.db import models

from migrations_app.models.ledger import RecordLink
from migrations_app.models.mapping import FieldRule
from migrations_app.models.project import Project
from migrations_app.models.run import Run


class PinnedRecord(models.Model):
    """A source row that every test run holds: one of the ten accounts that the customer knows by heart."""

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="pins")
    object = models.CharField("kind of row", max_length=40)
    source_key = models.CharField("source id", max_length=255)
    label = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "pinned record"
        constraints = [models.UniqueConstraint(fields=["project", "object", "source_key"], name="one_pin_per_row")]

    def __str__(self) -> str:
        return self.label or f"{self.object} {self.source_key}"


class Remark(models.Model):
    """What somebody said about a record of a test run, or about one field of it.

    It is a note until the test run is rejected; then it is a task: on `rule` where the field comes from one column, else on the record.
    """

    PROJECT_PATH = "run__project"

    class State(models.TextChoices):
        NOTE = "note", "said"
        TASK = "task", "to be done"
        DONE = "done", "done"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="remarks")
    link = models.ForeignKey(RecordLink, null=True, blank=True, on_delete=models.CASCADE, related_name="remarks")
    rule = models.ForeignKey(FieldRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    field = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    state = models.CharField(max_length=5, choices=State.choices, default=State.NOTE)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]
