from django.db import models

from reconciliation.models.item import QueueItem

EVERYONE = "*"  # the source key of the Decision that names one user for all who have none


class OwnerMatch(QueueItem):
    """One owner text as the files print it. `email` is the source's user of that name or address, where it is exactly one."""

    text = models.TextField("owner in the export")
    folded = models.CharField(max_length=255)
    rows = models.PositiveBigIntegerField(default=0)
    open_rows = models.PositiveBigIntegerField("open deals and activities", default=0)
    closed_rows = models.PositiveBigIntegerField("closed deals and activities", default=0)
    by_object = models.JSONField(default=dict)
    candidates = models.JSONField(default=list)
    email = models.CharField("user found", max_length=320, blank=True)
    active = models.BooleanField("user is active in the source", default=True)
    answer = models.CharField("user chosen", max_length=320, blank=True)
    answer_closed = models.CharField("user chosen for what is closed", max_length=320, blank=True)
    by_fallback = models.BooleanField("by the rule for all others", default=False)

    class Meta:
        verbose_name = "owner"
        ordering = ["-rows", "folded"]
        constraints = [models.UniqueConstraint(fields=["project", "folded"], name="one_match_per_owner")]

    def __str__(self) -> str:
        return self.text

    @property
    def user_email(self) -> str:
        """Who becomes the owner as things stand; empty is open."""
        return self.answer or self.email
