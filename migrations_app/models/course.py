"""What happens around the loads: the steps of the cutover, and what people report in the week after it."""

from django.conf import settings
from django.db import models

from migrations_app.models.ledger import RecordLink
from migrations_app.models.project import Project


class CutoverStep(models.Model):
    """One step of the weekend on which the customer changes over. `name` is a key of services.cutover.STEPS."""

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cutover_steps")
    name = models.CharField(max_length=30)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    planned_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    evidence = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_step_per_name")]

    def __str__(self) -> str:
        return self.name.replace("_", " ")


class HypercareItem(models.Model):
    """Something that people report after the go-live. `evidence` is what its closing rests on (see services.hypercare)."""

    PROJECT_PATH = "project"

    class Cause(models.TextChoices):
        UNKNOWN = "", "not known yet"
        MAP = "map", "a rule of the map"
        DECISION = "decision", "an answer that was given"
        SOURCE = "source", "wrong in the source already"
        CHANGED = "changed", "changed in Pipedrive since"
        LIMIT = "limit", "Pipedrive cannot keep it"
        QUESTION = "question", "a question, nothing is wrong"

    class Fix(models.TextChoices):
        OPEN = "", "not decided yet"
        PATCH = "patch", "this record was corrected"
        RULE = "rule", "a rule or an answer was applied again"
        NOTHING = "nothing", "nothing is to be done"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="hypercare_items")
    title = models.CharField("what was reported", max_length=300)
    link = models.ForeignKey(RecordLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="hypercare_items")
    cause = models.CharField(max_length=10, choices=Cause.choices, blank=True)
    fix = models.CharField(max_length=10, choices=Fix.choices, blank=True)
    answer = models.TextField("what was found", blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    due = models.DateField(null=True, blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reported_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["closed_at", "due", "pk"]

    def __str__(self) -> str:
        return self.title
