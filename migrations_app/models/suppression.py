from django.conf import settings
from django.db import models

from migrations_app.models.account import PipedriveAccount


class SuppressionPass(models.Model):
    """One look at all persons of an account beside the suppression list, and what was written. Append-only: it is the evidence.

    `tables` are the source files that it rests on. `facts` is {"flagged": [[id, email, reason, since, before]], "unmatched":
    [[email, reason, since]], "conflicts": [[id, email, reason, since, why]], "marketing": [[id, email, before, after]]}.
    """

    PROJECT_PATH = "account__project"

    class Kind(models.TextChoices):
        COMPARED = "compared", "compared"
        FLAGGED = "flagged", "suppression fields written"
        MARKETING = "marketing", "marketing status set"

    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="suppression_passes")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.COMPARED)
    tables = models.JSONField(default=list)
    persons = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "suppression check"

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.suppressed} of {self.persons} persons ({self.account})"
