from django.conf import settings
from django.db import models

from migrations_app.models.account import PipedriveAccount
from migrations_app.models.project import Project


class Counterpart(models.Model):
    """A record that lives in an account, was not made by this move, and may be the one that a row of the export would make.

    `key` is the link's. Sure ones follow the project's policy *existing* unless somebody answers otherwise; doubtful ones wait.
    `meanwhile` says that people made it after our first load. An answer counts for the record that it was given for.
    """

    PROJECT_PATH = "project"

    class Strength(models.TextChoices):
        SURE = "sure", "sure"
        DOUBTFUL = "doubtful", "doubtful"

    class Answer(models.TextChoices):
        FILL = "fill", "link it and fill what is empty there"
        OVERWRITE = "overwrite", "link it and take the export's values"
        LEAVE = "leave", "link it and leave its values"
        CREATE = "create", "make a new record"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="counterparts")
    entity = models.CharField(max_length=30)
    object = models.CharField("kind of record", max_length=40)
    key = models.CharField(max_length=300, editable=False)
    source_key = models.CharField("id in the export", max_length=300)
    label = models.CharField("in the export", max_length=255, blank=True)
    pipedrive_id = models.CharField("id in Pipedrive", max_length=64)
    there = models.CharField("in Pipedrive", max_length=255, blank=True)
    strength = models.CharField(max_length=8, choices=Strength.choices)
    suggestion = models.CharField(max_length=9, choices=Answer.choices, blank=True)
    confidence = models.FloatField(default=0)
    reason = models.TextField(blank=True)
    meanwhile = models.BooleanField("made meanwhile", default=False)
    facts = models.JSONField(default=dict, blank=True)  # {"lines": [[field, ours, theirs, filled]], "others": [id]}
    present = models.BooleanField("seen by the newest look", default=True)
    answer = models.CharField(max_length=9, choices=Answer.choices, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "record that is there already"
        verbose_name_plural = "records that are there already"
        ordering = ["object", "-strength", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "entity", "key"], name="one_counterpart_per_key")]

    def __str__(self) -> str:
        return self.label or self.source_key
