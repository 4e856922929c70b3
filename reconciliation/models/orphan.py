from typing import Any

from django.db import models

from reconciliation.models.item import QueueItem


class How(models.TextChoices):
    """The six answers to a deal without a company (PRACTICE.md 3, rows 1 to 5)."""

    CONTACT = "contact", "its contact's company"
    PERSON = "person", "person only, no company"
    NAMED = "named", "new company with the name in the deal"
    PLACEHOLDER = "placeholder", "the placeholder company"
    PARENT = "parent", "a company I choose"
    SKIP = "skip", "leave this deal out"


class OrphanedDeal(QueueItem):
    """A deal without a usable company. `similar_*` is an existing company whose name is close to what the deal says."""

    class Kind(models.TextChoices):
        CONTACT_HAS_COMPANY = "no_company_contact_has_company", "no company, but its contact has one"
        CONTACT_WITHOUT_COMPANY = "no_company_contact_without_company", "no company, its contact has none either"
        NOBODY = "no_company_no_contact", "no company and no contact"
        NOT_FOUND_WITH_CONTACT = "company_not_found_with_contact", "its company is not in the export"
        NOT_FOUND_NO_CONTACT = "company_not_found_no_contact", "its company is not in the export, no contact"

    source_key = models.CharField(max_length=255)
    label = models.TextField("deal", blank=True)
    kind = models.CharField("why", max_length=60, choices=Kind.choices)
    company_text = models.TextField("company in the deal", blank=True)
    contact_key = models.CharField(max_length=255, blank=True)
    contact_label = models.TextField("contact", blank=True)
    contact_company_key = models.CharField(max_length=255, blank=True)
    contact_company_label = models.TextField("contact's company", blank=True)
    similar_key = models.CharField(max_length=255, blank=True)
    similar_label = models.TextField("similar company", blank=True)
    similarity = models.FloatField(default=0)
    status = models.CharField(max_length=20, blank=True)
    value = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    pipeline = models.TextField(blank=True)
    owner_text = models.TextField("owner", blank=True)
    line = models.PositiveBigIntegerField(default=0)
    suggestion = models.CharField(max_length=12, choices=How.choices, blank=True)
    how = models.CharField("answer", max_length=12, choices=How.choices, blank=True)
    parent = models.JSONField(default=dict, blank=True)  # {"source": KEY} or {"pipedrive_id": N, "name": TEXT}
    parent_label = models.TextField(blank=True)

    class Meta:
        verbose_name = "deal without a company"
        verbose_name_plural = "deals without a company"
        ordering = ["line", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "source_key"], name="one_orphan_per_deal")]
        indexes = [models.Index(fields=["project", "state", "present"], name="orphan_by_state")]

    def __str__(self) -> str:
        return self.label or self.source_key

    @property
    def suggested_parent(self) -> dict[str, Any]:
        return {"source": self.similar_key} if self.suggestion == How.PARENT else {}

    def why_not(self, how: str) -> str:
        """Why `how` is no answer to this deal, in plain words; empty where it is one."""
        if how == How.CONTACT and not self.contact_company_key:
            return "its contact has no company that loads" if self.contact_key else "it has no contact that loads"
        if how == How.PERSON and not self.contact_key:
            return "it has no contact that loads"
        if how == How.NAMED and not self.company_text:
            return "it names no company"
        return ""
