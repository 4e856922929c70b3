from django.db import models

from migrations_app.rules import quickbooks
from reconciliation.models.item import QueueItem


class Take(models.TextChoices):
    """Whose value loads."""

    CRM = quickbooks.CRM, "the CRM"
    QUICKBOOKS = quickbooks.QUICKBOOKS, "QuickBooks"


class QuickBooksDifference(QueueItem):
    """One field of one record in which the CRM and QuickBooks differ.

    Until somebody answers, the project's `rule` for the field says which of the two loads. `transactions` is None where the
    export does not say whether QuickBooks has any.
    """

    class Kind(models.TextChoices):
        CUT = quickbooks.CUT, "name cut at 41 characters"
        SPELLING = quickbooks.SPELLING, "case, blanks or punctuation"
        PHONE_FORMAT = quickbooks.PHONE_FORMAT, "the same number, written otherwise"
        MISSING = quickbooks.MISSING, "only QuickBooks has it"
        DIFFERENT = quickbooks.DIFFERENT, "really different"

    object = models.CharField("kind of record", max_length=40)
    source_key = models.CharField(max_length=255)
    label = models.TextField("record", blank=True)
    field = models.CharField(max_length=20)
    kind = models.CharField("how they differ", max_length=12, choices=Kind.choices)
    crm = models.TextField("in the CRM", blank=True)
    quickbooks = models.TextField("in QuickBooks", blank=True)
    list_id = models.CharField("list id", max_length=255, blank=True)
    rule = models.CharField(max_length=40, blank=True)
    transactions = models.BooleanField("has transactions in QuickBooks", null=True, blank=True)
    line = models.PositiveBigIntegerField(default=0)
    suggestion = models.CharField(max_length=10, choices=Take.choices, blank=True)
    take = models.CharField("answer", max_length=10, choices=Take.choices, blank=True)

    class Meta:
        verbose_name = "difference to QuickBooks"
        verbose_name_plural = "differences to QuickBooks"
        ordering = ["object", "line", "field", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "object", "source_key", "field"], name="one_difference_per_field")]

    def __str__(self) -> str:
        return f"{self.label or self.source_key}: {self.field}"
