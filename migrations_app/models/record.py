import json

from django.db import models

from migrations_app.models.upload import SourceTable


class StagedRecord(models.Model):
    """One row as it came: insert-only, without any load state.

    `cells` is a JSON list by position, kept as text: PostgreSQL's own JSON types refuse the NULs that exports hold.
    """

    PROJECT_PATH = "table__upload__project"

    # Not checked by the database, which would look the table up for each row: a third of the time that intake takes on PostgreSQL.
    # Rows are written only by whoever has just made their table, and go with it.
    table = models.ForeignKey(SourceTable, on_delete=models.CASCADE, related_name="records", db_index=False, db_constraint=False)
    object = models.CharField(max_length=40)
    line = models.PositiveBigIntegerField()
    key = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=16)
    cells = models.TextField()
    label = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = "source row"
        indexes = [models.Index(fields=["table", "key"], name="staged_by_key")]

    def __str__(self) -> str:
        return self.label or self.key

    @property
    def values(self) -> list[str]:
        cells: list[str] = json.loads(self.cells)
        return cells
