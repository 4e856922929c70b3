from django.conf import settings
from django.db import models

from migrations_app.models.project import Project


class Decision(models.Model):
    """One answer of a person, append-only. The one that counts for (kind, object, source_key) is the newest not undone.

    Kinds and answers:
    `orphan` (deals): {"how": contact|person|named|placeholder|parent|skip, "parent": {"source": KEY} or {"pipedrive_id": N, "name": TEXT}};
    `owner` (owners, key = text folded): {"email": TEXT};
    `duplicate` (companies|contacts, key = member): {"survivor": KEY} or {"keep": true, "parent": KEY of the record above};
    `question` (object, key = the question's subject): {"choice": TEXT};
    `suppression` (contacts, key = address folded): {"mailable": BOOLEAN};
    `quickbooks` (companies|contacts|products, key = `FIELD:KEY`): {"take": crm|quickbooks};
    `finding` (object, key = the row's): {"how", "code", "field", "old", "new", "why"}; one for each code and field of a row counts;
    `existing` (companies|contacts, key = role of the account and source id): {"how": fill|overwrite|leave|create, "pipedrive_id": ID};
    `value` (deals): {"how": lines|lines_win|note|balance}.
    """

    PROJECT_PATH = "project"

    class Kind(models.TextChoices):
        ORPHAN = "orphan", "deal without a company"
        OWNER = "owner", "owner"
        DUPLICATE = "duplicate", "duplicate"
        QUESTION = "question", "question"
        CONFLICT = "conflict", "change on both sides"
        SUPPRESSION = "suppression", "suppressed person"
        QUICKBOOKS = "quickbooks", "difference to QuickBooks"
        FINDING = "finding", "finding"
        EXISTING = "existing", "record that is there already"
        VALUE = "value", "value of a deal beside its lines"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    object = models.CharField(max_length=40)
    source_key = models.CharField(max_length=300)
    answer = models.JSONField()
    suggestion = models.JSONField(null=True, blank=True)
    seq = models.PositiveBigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "kind", "object", "source_key"], name="decision_by_subject")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source_key}: {self.answer}"

    @property
    def record_key(self) -> str:
        """The source key of the record that it is about."""
        parted_by = {self.Kind.QUICKBOOKS: ":", self.Kind.EXISTING: " "}.get(self.Kind(self.kind))
        return self.source_key.partition(parted_by)[2] if parted_by else self.source_key


class Question(models.Model):
    """What only people know and no queue of its own holds.

    `subject` is unique within (project, kind, object) and survives another upload. `blocking` questions keep the rows that
    they touch waiting until answered; the others load by their safe default and stay listed. `rows` counts what is touched.
    """

    PROJECT_PATH = "project"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(max_length=40)
    object = models.CharField(max_length=40)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    choices = models.JSONField(default=list)  # [{"value", "label"}]
    suggestion = models.CharField(max_length=300, blank=True)
    confidence = models.FloatField(default=0)
    reason = models.TextField(blank=True)
    safe_default = models.CharField(max_length=300, blank=True)
    blocking = models.BooleanField(default=True)
    rows = models.PositiveBigIntegerField(default=0)
    evidence = models.JSONField(default=dict)
    answer = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_on = models.CharField(max_length=32, blank=True, editable=False)  # rules.answers.bearing when the answer was given
    changed = models.BooleanField("changed since the answer", default=False)
    present = models.BooleanField(default=True)  # seen by the newest audit

    class Meta:
        ordering = ["kind", "object", "subject"]
        constraints = [models.UniqueConstraint(fields=["project", "kind", "object", "subject"], name="one_question_per_subject")]

    def __str__(self) -> str:
        return self.text
