from django.db import models

from migrations_app.rules import lines
from migrations_app.services import line_values
from reconciliation.models.item import QueueItem


class Lines(models.TextChoices):
    """What becomes of a deal's value and its lines (PRACTICE.md 3 row 22)."""

    LINES = line_values.LINES, "lines load, the value of the source goes to a field of its own"
    WIN = line_values.LINES_WIN, "lines load, and what they come to is the value"
    NOTE = line_values.NOTE, "the value stays, lines become a table in a note"
    BALANCE = line_values.BALANCE, "lines load, with one more line for the difference"


class ValueDifference(QueueItem):
    """A deal whose value is another one than its lines come to. Without an answer `standing` holds, so closed ones need none."""

    class Cause(models.TextChoices):
        TAX = lines.TAX, "tax"
        DISCOUNT = lines.DISCOUNT, "discount"
        ROUNDING = lines.ROUNDING, "rounding"
        OTHER = lines.OTHER, "other"

    source_key = models.CharField(max_length=255)
    label = models.TextField("deal", blank=True)
    status = models.CharField(max_length=20, blank=True)
    value = models.DecimalField("value in the source", max_digits=30, decimal_places=6)
    total = models.DecimalField("what its lines come to", max_digits=30, decimal_places=6)
    currency = models.CharField(max_length=10, blank=True)
    lines = models.PositiveIntegerField(default=0)
    cause = models.CharField("looks like", max_length=10, choices=Cause.choices)
    line = models.PositiveBigIntegerField(default=0)
    standing = models.CharField("without an answer", max_length=12, choices=Lines.choices)
    how = models.CharField("answer", max_length=12, choices=Lines.choices, blank=True)

    class Meta:
        verbose_name = "value difference"
        verbose_name_plural = "value differences"
        ordering = ["line", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "source_key"], name="one_difference_per_deal")]

    def __str__(self) -> str:
        return self.label or self.source_key

    def why_not(self, how: str) -> str:
        """Why `how` is no answer to this deal, in plain words; empty where it is one."""
        if how == Lines.BALANCE and self.value < self.total:
            return "its lines come to more than its value, and no line takes anything off"
        return ""
