from typing import Any

from django.conf import settings
from django.db import models

from migrations_app.states import Role


class Project(models.Model):
    """One customer's move. `settings` holds the policies that transforms and planning use (see DEFAULT_SETTINGS)."""

    PROJECT_PATH = ""
    DEFAULT_SETTINGS: dict[str, Any] = {
        "number_format": "",
        "email_label": "work",
        "phone_label": "work",
        "date_only_time": "12:00",
        "placeholder_name": "",
        "free_domains": [],
        "file_limit_mb": 50,
        "visibility": "company",
        "old_tasks": "done",
        "old_tasks_days": 60,
        "outcomes": "note",
        "calls": "activity",
        "projects": "deal",
        "references": "yes",
        "file_check": "sample",
        "relationships": "yes",
        "merge_notes": "yes",
        "left_out_files": "zip",
        "file_link": "",
        "quickbooks_name": "transactions",
        "quickbooks_address": "transactions",
        "quickbooks_phone": "transactions",
        "quickbooks_amounts": "crm",
        "quickbooks_only": "leave",
        "contacts_taken": "all",
        "sends": "open-deals",
        "sends_owner": "",
        "campaign_notes": "companies",
        "deal_campaigns": "no",
        "deal_column": "",
        "existing": "fill",
        "file_zones": "",
        "keep_days": 90,
        "archive_days": 730,
    }

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    source = models.CharField("system it comes from", max_length=30, default="results")
    timezone = models.CharField("time zone of the source", max_length=60, blank=True, help_text="IANA name, such as Europe/Berlin")
    country = models.CharField("default country", max_length=2, blank=True, help_text="two letters, such as DE")
    currency = models.CharField("default currency", max_length=3, blank=True, help_text="three letters, such as EUR")
    settings = models.JSONField(default=dict, blank=True)
    decision_seq = models.PositiveBigIntegerField(default=0, editable=False)
    audit = models.ForeignKey("migrations_app.Audit", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.ForeignKey("auth.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_source_label(self) -> str:
        return {"results": "Results", "net-results": "Net-Results"}.get(self.source, self.source)

    def setting(self, name: str) -> Any:
        return self.settings.get(name, self.DEFAULT_SETTINGS.get(name))


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    mails = models.BooleanField("gets mails", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_role_per_member")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"
