from django.db import models

from migrations_app.models.project import Project
from migrations_app.models.secret import SecretField


class PipedriveAccount(models.Model):
    """One target of a project. `company` names the Pipedrive company for quota and locks: two accounts may share a host."""

    PROJECT_PATH = "project"

    class Role(models.TextChoices):
        STAGING = "staging", "staging"
        PRODUCTION = "production", "production"

    class Plan(models.TextChoices):
        LITE = "lite", "Lite"
        GROWTH = "growth", "Growth"
        PREMIUM = "premium", "Premium"
        ULTIMATE = "ultimate", "Ultimate"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="accounts")
    role = models.CharField(max_length=12, choices=Role.choices)
    url = models.CharField("address", max_length=300)
    token = SecretField(blank=True)
    plan = models.CharField(max_length=12, choices=Plan.choices, default=Plan.LITE)
    seats = models.PositiveIntegerField(default=1)
    share = models.PositiveSmallIntegerField("share of the daily tokens for this move, in percent", default=100)
    company = models.CharField(max_length=200, blank=True, editable=False)
    company_name = models.CharField(max_length=255, blank=True, editable=False)
    user_id = models.BigIntegerField(null=True, blank=True, editable=False)
    user_name = models.CharField(max_length=255, blank=True, editable=False)
    user_email = models.CharField(max_length=255, blank=True, editable=False)
    is_admin = models.BooleanField(default=False, editable=False)
    currency = models.CharField(max_length=3, blank=True, editable=False)
    schema = models.JSONField(default=dict, blank=True, editable=False)
    schema_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    holdings = models.JSONField(default=dict, blank=True, editable=False)  # what it held when it was looked at: services.holdings
    living = models.JSONField(default=dict, blank=True, editable=False)  # {entity: records there at the newest look}
    sends_since = models.BigIntegerField(null=True, blank=True, editable=False)  # the minute from which on sends stand singly there
    paused_reason = models.TextField(blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "Pipedrive account"
        constraints = [models.UniqueConstraint(fields=["project", "role"], name="one_account_per_role")]

    def __str__(self) -> str:
        return f"{self.company_name or self.url} ({self.role})"


class BudgetDay(models.Model):
    """Tokens we spent on one company on one day: what a lost Redis would forget."""

    PROJECT_PATH = None

    company = models.CharField(max_length=200)
    day = models.DateField()
    tokens = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "day"], name="one_budget_per_day")]

    def __str__(self) -> str:
        return f"{self.company} {self.day}: {self.tokens}"
