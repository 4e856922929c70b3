from django.db import models

from migrations_app.models import PipedriveAccount
from reconciliation.models.item import QueueItem


class SuppressionConflict(QueueItem):
    """A person of the account whom the source suppresses, and who seems to have said yes since. Not mailable until answered."""

    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="+")
    email = models.CharField("e-mail address", max_length=320)
    pipedrive_id = models.CharField("person in Pipedrive", max_length=30)
    suppressed = models.CharField("suppressed because", max_length=40)
    since = models.CharField("suppressed since", max_length=10, blank=True)
    mailable = models.BooleanField("may be written to", null=True, blank=True)

    class Meta:
        verbose_name = "suppressed person"
        verbose_name_plural = "suppressed persons"
        ordering = ["email"]
        constraints = [models.UniqueConstraint(fields=["account", "pipedrive_id"], name="one_conflict_per_person")]

    def __str__(self) -> str:
        return self.email
