from django.conf import settings
from django.db import models

from migrations_app.models import Project


class ItemState(models.TextChoices):
    OPEN = "open", "open"
    ANSWERED = "answered", "answered"
    MATCHED = "matched", "needs no answer"


class QueueItem(models.Model):
    """What the newest audit asks a person, with the answer that counts mirrored from its Decision for fast lists.

    `present` is false once an audit no longer sees the item (fixed in the source). `evidence` digests what bears on the
    answer; `answered_on` is the digest when the answer was given, and `changed` says that the two differ.
    `version` is the `seq` of the Decision that counts, 0 without one: who answers an older version is refused.
    """

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    present = models.BooleanField("in the newest export", default=True)
    state = models.CharField(max_length=8, choices=ItemState.choices, default=ItemState.OPEN)
    changed = models.BooleanField("changed since the answer", default=False)
    confidence = models.FloatField(default=0)
    reason = models.TextField(blank=True)
    evidence = models.CharField(max_length=32, blank=True, editable=False)
    answered_on = models.CharField(max_length=32, blank=True, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.present and self.state == ItemState.OPEN
