from django.db import models

from reconciliation.models.item import QueueItem


class DuplicateCluster(QueueItem):
    """Records of one object that may be one. `signature` digests the members: the same ones are the same cluster.

    Answers hang on the members, so a cluster that grew keeps what was said about the members it had.
    """

    class Object(models.TextChoices):
        COMPANIES = "companies", "companies"
        CONTACTS = "contacts", "contacts"

    class Strength(models.TextChoices):
        SAME = "same", "same"
        DOUBTFUL = "doubtful", "doubtful"

    class Answer(models.TextChoices):
        MERGE = "merge", "merge"
        KEEP = "keep", "keep apart"
        PARTLY = "partly", "some merged"

    object = models.CharField("kind of record", max_length=40, choices=Object.choices)
    signature = models.CharField(max_length=32, editable=False)
    strength = models.CharField(max_length=8, choices=Strength.choices)
    survivor = models.CharField(max_length=255)
    size = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    suggestion = models.CharField(max_length=8, choices=Answer.choices, blank=True)

    class Meta:
        verbose_name = "duplicate"
        ordering = ["object", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "object", "signature"], name="one_cluster_per_members")]

    def __str__(self) -> str:
        return f"{self.size} {self.get_object_display()}: {self.reason}"


class DuplicateMember(models.Model):
    PROJECT_PATH = "cluster__project"

    cluster = models.ForeignKey(DuplicateCluster, on_delete=models.CASCADE, related_name="members")
    key = models.CharField(max_length=255)
    label = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "record of a duplicate"
        ordering = ["cluster_id", "position"]
        constraints = [models.UniqueConstraint(fields=["cluster", "key"], name="one_member_per_key")]

    def __str__(self) -> str:
        return self.label or self.key
