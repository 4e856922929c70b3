from django.conf import settings
from django.db import models

from migrations_app.models.ledger import RecordLink
from migrations_app.models.project import Project
from migrations_app.models.run import Run


class Conflict(models.Model):
    """One field that was changed on both sides since we last wrote it: in the source, and by people in Pipedrive.

    Pipedrive's value stays until somebody takes the export's (`take`). `present` is false once the sides agree again. An
    answer counts for the values that it was given for: other values ask anew.
    """

    PROJECT_PATH = "project"

    class Take(models.TextChoices):
        TARGET = "target", "keep what is in Pipedrive"
        SOURCE = "source", "take what the export says"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    link = models.ForeignKey(RecordLink, on_delete=models.CASCADE, related_name="conflicts")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="conflicts")
    object = models.CharField("kind of record", max_length=40)
    field = models.CharField(max_length=300)
    name = models.CharField("field in Pipedrive", max_length=300)
    last_load = models.JSONField(null=True, blank=True)
    new_export = models.JSONField(null=True, blank=True)
    live = models.JSONField("in Pipedrive", null=True, blank=True)
    take = models.CharField("answer", max_length=8, choices=Take.choices, blank=True)
    present = models.BooleanField(default=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "change on both sides"
        verbose_name_plural = "changes on both sides"
        ordering = ["link_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["link", "field"], name="one_conflict_per_field")]

    def __str__(self) -> str:
        return f"{self.link}: {self.name}"
