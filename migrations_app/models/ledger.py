"""The ledger: which planned record became which Pipedrive record, and everything that happened to it."""

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from migrations_app.models.account import PipedriveAccount
from migrations_app.models.run import Batch, Phase, Run
from migrations_app.states import LINK_IN_TARGET, LinkState, SchemaState

# Written out: SQLite takes a partial index only where the query has its condition word for word, not as parameters.
UNSETTLED = RawSQL("migrations_app_recordlink.state IN ('sending', 'unknown')", (), output_field=models.BooleanField())
TO_BE_SENT = Q(state=LinkState.PLANNED) | Q(stale=True, state__in=[str(each) for each in LINK_IN_TARGET])


class RecordLink(models.Model):
    """One planned Pipedrive record of one account; `key` is deterministic (`deals:OP-1`, `org-of-contact:CT-9`).

    `attempt` and `send_before` guard what is on its way; the current state stands here, the history in LinkEvent.
    `stale`: its row, what it hangs on or an answer changed since it was written, so it is compared and updated where it
    differs. `vanished`: it is in Pipedrive, and the newest complete export has no row for it.
    `existing_id` is a record that lived there before and stands for a new one; `completing` says what we may write to it.
    """

    PROJECT_PATH = "account__project"
    STATES = LinkState

    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="links")
    entity = models.CharField(max_length=30)
    key = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=LinkState.choices, default=LinkState.PLANNED)
    reason = models.CharField(max_length=80, blank=True)
    message = models.TextField(blank=True)
    pipedrive_id = models.CharField(max_length=64, blank=True)
    survivor = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged_links")
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="links")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.SET_NULL, related_name="links")
    order = models.PositiveBigIntegerField(default=0)
    label = models.CharField(max_length=120, blank=True)
    derived = models.BooleanField(default=False)
    facts = models.JSONField(default=dict, blank=True)  # what a derived record is made of; what a decision adds
    content_hash = models.CharField(max_length=64, blank=True)
    stale = models.BooleanField(default=False)
    vanished = models.BooleanField("no longer in the export", default=False)
    existing_id = models.CharField(max_length=64, blank=True)
    completing = models.CharField(max_length=9, blank=True)  # fill | overwrite | leave
    fingerprint = models.CharField(max_length=64, blank=True)  # what tells it from others where it carries no reference
    attempt = models.PositiveIntegerField(default=0)
    send_before = models.DateTimeField(null=True, blank=True)
    intended_at = models.DateTimeField(null=True, blank=True)
    absent_at = models.DateTimeField(null=True, blank=True)  # first reading that did not find it
    absences = models.PositiveSmallIntegerField(default=0)  # proven-absent attempts
    seen_at = models.DateTimeField(null=True, blank=True)  # last reading that found it
    written_run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = "record"
        constraints = [
            models.UniqueConstraint(fields=["account", "entity", "key"], name="one_link_per_key"),
            models.UniqueConstraint(
                fields=["account", "entity", "fingerprint"],
                condition=Q(state__in=["sending", "unknown"]) & ~Q(fingerprint=""),
                name="one_intent_per_fingerprint",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "entity", "pipedrive_id"], name="link_by_pipedrive_id"),
            models.Index(fields=["batch", "state", "order"], name="link_by_batch"),
            models.Index(fields=["account", "state"], condition=Q(state__in=["sending", "unknown"]), name="link_unsettled"),
            models.Index(fields=["batch", "order"], condition=Q(stale=True), name="link_stale"),
            models.Index(fields=["account", "entity"], condition=Q(vanished=True), name="link_vanished"),
        ]

    def __str__(self) -> str:
        return self.label or self.key

    @property
    def source_id(self) -> str:
        """The source id as people know it; derived records have none of their own."""
        return self.key.removeprefix(f"{self.entity}:")


class RecordSource(models.Model):
    """Which staged rows feed a link. `part` counts where one row feeds several; `occurrence` where one key stands twice."""

    PROJECT_PATH = "link__account__project"

    link = models.ForeignKey(RecordLink, on_delete=models.CASCADE, related_name="sources")
    object = models.CharField(max_length=40)
    source_key = models.CharField(max_length=255)
    occurrence = models.PositiveIntegerField(default=0)
    part = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["object", "source_key"], name="source_by_key")]

    def __str__(self) -> str:
        return f"{self.object} {self.source_key}"


class LinkParent(models.Model):
    """What a planned record hangs on: found when it was planned, read when it is sent (through the survivor, if merged)."""

    PROJECT_PATH = "link__account__project"

    link = models.ForeignKey(RecordLink, on_delete=models.CASCADE, related_name="parents")
    role = models.CharField(max_length=20)  # the entity that the parent is
    parent = models.ForeignKey(RecordLink, on_delete=models.CASCADE, related_name="children")
    needed = models.BooleanField(default=False)  # without it the record makes no sense (a line item without its deal)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "role"], name="one_parent_per_role")]

    def __str__(self) -> str:
        return f"{self.link} → {self.parent}"


class Chosen(models.Model):
    """One record of a run that is limited to some, asked for or hung on by what was asked for."""

    PROJECT_PATH = "run__project"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chosen")
    link = models.ForeignKey(RecordLink, on_delete=models.CASCADE, related_name="chosen")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "link"], name="chosen_once")]

    def __str__(self) -> str:
        return f"{self.link} in {self.run}"


class LinkEvent(models.Model):
    """What was done to one record: append-only. `sent` is the body as it went out, `previous` what stood there before."""

    PROJECT_PATH = "link__account__project"

    class Verb(models.TextChoices):
        CREATE = "create", "created"
        UPDATE = "update", "changed"
        UNCHANGED = "unchanged", "unchanged"
        MATCH = "match", "linked"
        REFUSE = "refuse", "refused"
        SETTLE = "settle", "found after a lost answer"
        REMOVE = "remove", "removed"
        RESTORE = "restore", "restored"

    link = models.ForeignKey(RecordLink, on_delete=models.CASCADE, related_name="events")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="events")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    previous = models.JSONField(null=True, blank=True)
    sent = models.JSONField(null=True, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    stamp = models.CharField(max_length=40, blank=True)  # Pipedrive's update_time after it: a later one is somebody else's change
    late_until = models.DateTimeField(null=True, blank=True)  # unless it is by then: a first copy of ours may still have come
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.at:%Y-%m-%d %H:%M}"


class Difference(models.Model):
    """What reads back otherwise than we wrote it. `ours` is true where the value was written by us in this run."""

    PROJECT_PATH = "phase__run__project"

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="differences")
    link = models.ForeignKey(RecordLink, null=True, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=12)  # value | gone | stray | edited | left (by a rollback) | kept (by a correction)
    field = models.CharField(max_length=300, blank=True)
    sent = models.JSONField(null=True, blank=True)
    live = models.JSONField(null=True, blank=True)
    pipedrive_id = models.CharField(max_length=64, blank=True)
    ours = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.field}"


class SchemaChange(models.Model):
    """One thing that the account needs before records can come: a pipeline, a stage, a field, an option.

    `name` is unique within (account, kind, parent); `found` tells that it stood there already.
    """

    PROJECT_PATH = "account__project"
    STATES = SchemaState

    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="schema_changes")
    kind = models.CharField(max_length=12)  # pipeline | stage | field | option | type
    parent = models.CharField(max_length=300, blank=True)  # entity of a field, pipeline of a stage, field of an option
    name = models.CharField(max_length=300)
    order = models.PositiveIntegerField(default=0)
    detail = models.JSONField(default=dict)  # {"type"} | {"probability"} ...
    state = models.CharField(max_length=8, choices=SchemaState.choices, default=SchemaState.PLANNED)
    message = models.TextField(blank=True)
    pipedrive_id = models.CharField(max_length=64, blank=True)  # id, or the 40-character key of a field
    found = models.BooleanField(default=False)
    intended_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["account_id", "order", "pk"]
        verbose_name = "change to the account"
        constraints = [models.UniqueConstraint(fields=["account", "kind", "parent", "name"], name="one_change_per_name")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
