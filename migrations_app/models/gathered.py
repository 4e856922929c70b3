from django.db import models

from migrations_app.models.project import Project


class Gathered(models.Model):
    """What other files say about one contact or company: campaigns, sends, suppression. Made anew with each audit.

    `values` are by the names of rules.mailing.columns; `detail` holds what goes into records of its own: the history of
    campaigns, sends by month, single sends.
    """

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="gathered")
    object = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    values = models.JSONField(default=dict)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "object", "key"], name="gathered_once")]

    def __str__(self) -> str:
        return f"{self.object} {self.key}"
