from typing import Any

from django.conf import settings
from django.db import models

from migrations_app.models.project import Project
from migrations_app.states import UploadState


class Upload(models.Model):
    """One package as it came. Immutable once ready.

    `full` takes the place of all files of its objects; `add` is one more file of the same set, where an id that is there
    already is asked about as within one file; rows of a `delta` stand in for older ones of the same key.
    """

    PROJECT_PATH = "project"
    STATES = UploadState

    class Kind(models.TextChoices):
        FULL = "full", "replaces what was there"
        ADD = "add", "adds to what is there"
        DELTA = "delta", "holds new and changed rows only (a delta)"
        SAMPLE = "sample", "for a look only, never loaded"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FULL)
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.READING)
    unrecognised = models.JSONField(default=list)
    refused = models.JSONField(default=list)  # [{"file", "reason"}]
    message = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class SourceTable(models.Model):
    """One table of one file. `rows` counts physical records; staged + sum(skipped) equals it."""

    PROJECT_PATH = "upload__project"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="tables")
    file = models.CharField(max_length=500)
    sheet = models.CharField(max_length=200, blank=True)
    object = models.CharField(max_length=40, db_index=True)
    confidence = models.FloatField(default=0)
    headers = models.JSONField(default=list)
    roles = models.JSONField(default=dict)  # {"0": "id"}: position from 0, as text
    certainty = models.JSONField(default=dict)  # {"0": [0.97, "why"]}
    blanks = models.JSONField(default=dict)  # {"5": ["-"]}: texts of a column that stand for an empty cell
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=10, blank=True)
    header_row = models.PositiveIntegerField(default=1)
    key_policy = models.CharField(max_length=12, default="id")  # id | compound | weak
    rows = models.PositiveBigIntegerField(default=0)
    staged = models.PositiveBigIntegerField(default=0)
    skipped = models.JSONField(default=dict)
    short_rows = models.PositiveIntegerField(default=0)
    long_rows = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list)

    class Meta:
        ordering = ["upload_id", "pk"]
        verbose_name = "source file"

    def __str__(self) -> str:
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    def roles_by_position(self) -> dict[int, str]:
        return {int(position): role for position, role in self.roles.items()}

    def position_of(self, role: str) -> int | None:
        return next((int(position) for position, each in self.roles.items() if each == role), None)


class SourceField(models.Model):
    """What is known of one column after discovery. `profile` is rules.profile's answer as JSON."""

    PROJECT_PATH = "table__upload__project"

    table = models.ForeignKey(SourceTable, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveIntegerField()  # from 0
    header = models.CharField(max_length=500)
    role = models.CharField(max_length=60, blank=True)
    type = models.CharField(max_length=20, blank=True)
    filled = models.PositiveBigIntegerField(default=0)
    distinct = models.PositiveBigIntegerField(default=0)
    profile: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["table_id", "position"]
        verbose_name = "source column"

    def __str__(self) -> str:
        return self.header


class UploadFile(models.Model):
    """A file of the package that is no table (a document, a photo): kept, so that no new upload is needed for it later."""

    PROJECT_PATH = "upload__project"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=500)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
