"""What named persons have put their name to: signed test runs, and ticks that no program may give."""

from django.conf import settings
from django.db import models

from migrations_app.models.account import PipedriveAccount
from migrations_app.models.mapping import Mapping
from migrations_app.models.project import Project
from migrations_app.models.run import Run


class Approval(models.Model):
    """The customer's word on a test run, append-only; the newest one counts. What was seen is frozen with it.

    `seen` is {"uploads", "rows", "decision_seq", "decisions" (digest), "answers", "settings", "phases"};
    `losses` are the lines that were ticked, `difference` is what a later signature added to an earlier one.
    """

    PROJECT_PATH = "project"

    class Kind(models.TextChoices):
        TEST_RUN = "test_run", "test run"
        DIFFERENCE = "difference", "difference since the test run"

    class Verdict(models.TextChoices):
        SIGNED = "signed", "signed off"
        REJECTED = "rejected", "rejected with remarks"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TEST_RUN)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.SIGNED)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="approvals")
    mapping = models.ForeignKey(Mapping, on_delete=models.PROTECT, related_name="+")
    seen = models.JSONField(default=dict)
    losses = models.JSONField(default=list)
    difference = models.JSONField(default=dict, blank=True)
    remark = models.TextField(blank=True)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "sign-off"

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_verdict_display()}"


class Confirmation(models.Model):
    """A tick of a named person about one account, append-only; it counts until somebody withdraws it or it is used up.

    `what` is a name of services.confirming.TICKS, `items` are the lines that were ticked.
    """

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="confirmations")
    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="confirmations")
    what = models.CharField(max_length=20)
    items = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.what} ({self.account})"
