from django.conf import settings
from django.db import models

from migrations_app.models.project import Project


class PaperIssue(models.Model):
    """A paper that was handed out. `stamp` says what it was made from, so that a later look can tell what has changed since."""

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="papers")
    name = models.CharField(max_length=40)
    format = models.CharField(max_length=5)
    stamp = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "paper handed out"
        verbose_name_plural = "papers handed out"
        indexes = [models.Index(fields=["project", "name"], name="paper_by_name")]

    def __str__(self) -> str:
        return f"{self.name}.{self.format}"
