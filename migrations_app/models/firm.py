"""The firm that does the moves: what stands at the head of its papers, and what it charges."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

LOGO_MOST = 512 * 1024
LOGO_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


class Firm(models.Model):
    """One row at most: `Firm.ours()`. The logo is kept here, so that a restored database needs no other file."""

    name = models.CharField(max_length=200)
    address = models.TextField(blank=True)
    contact = models.TextField(blank=True, help_text="who answers questions: name, e-mail address, telephone")
    logo = models.BinaryField(blank=True, default=b"")
    logo_type = models.CharField(max_length=20, blank=True, editable=False)
    currency = models.CharField("currency of the rate card", max_length=3, default="EUR", help_text="three letters, such as EUR")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "firm"
        verbose_name_plural = "firm"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def ours(cls) -> "Firm":
        """The firm, or an unsaved one without a name."""
        return cls.objects.prefetch_related("rates").order_by("pk").first() or cls()


def logo_type(content: bytes) -> str:
    """The type of a picture that papers can show. Raises ValidationError."""
    found = next((name for start, name in LOGO_TYPES.items() if content.startswith(start)), "")
    if not found:
        raise ValidationError("The logo has to be a png, jpeg or gif picture.")
    if len(content) > LOGO_MOST:
        raise ValidationError(f"The logo has {len(content):,} bytes; {LOGO_MOST:,} are the most.")
    return found


class Rate(models.Model):
    """One line of the rate card: an amount for each of what `unit` counts. Nothing is charged by the record."""

    class Unit(models.TextChoices):
        MOVE = "move", "for the move"
        OBJECT = "object", "for each kind of record that moves"
        FIELDS = "fields", "for each ten custom fields, begun ones too"
        DECISIONS = "decisions", "for each hundred open decisions, begun ones too"
        FILES = "files", "once, where files move"
        ACCOUNT = "account", "for each Pipedrive account beyond the first"

    firm = models.ForeignKey(Firm, on_delete=models.CASCADE, related_name="rates")
    label = models.CharField(max_length=200)
    unit = models.CharField("counted", max_length=12, choices=Unit.choices, default=Unit.MOVE)
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "line of the rate card"
        verbose_name_plural = "rate card"

    def __str__(self) -> str:
        return self.label
