"""One SQLite file: every record is a row of JSON with the few columns that lists filter and sort by.

WAL without fsync: a killed process loses nothing that was committed, a power cut may lose the last moments.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

COLUMNS = (
    "is_deleted",
    "is_archived",
    "add_time",
    "update_time",
    "owner_id",
    "org_id",
    "person_id",
    "deal_id",
    "product_id",
    "pipeline_id",
    "stage_id",
    "status",
    "name",
    "code",
)

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS company (id INTEGER PRIMARY KEY, domain TEXT UNIQUE NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, company INTEGER NOT NULL, user_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS content (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, company INTEGER NOT NULL, entity TEXT NOT NULL, body TEXT NOT NULL, {", ".join(COLUMNS)}
);
CREATE INDEX IF NOT EXISTS record_entity ON record (company, entity, id);
CREATE INDEX IF NOT EXISTS record_updated ON record (company, entity, update_time, id);
CREATE INDEX IF NOT EXISTS record_code ON record (company, entity, code) WHERE code IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_org ON record (company, entity, org_id) WHERE org_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_person ON record (company, entity, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_deal ON record (company, entity, deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_stage ON record (company, entity, stage_id) WHERE stage_id IS NOT NULL;
"""
_INSERT = f"INSERT INTO record (company, entity, body, {', '.join(COLUMNS)}) VALUES (?, ?, ?{', ?' * len(COLUMNS)})"
_UPDATE = f"UPDATE record SET body = ?, {', '.join(f'{column} = ?' for column in COLUMNS)} WHERE id = ?"

Record = dict[str, Any]


class Store:
    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=256, timeout=20)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA cache_size=-32000")
        self.db.executescript(_SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; whatever is raised inside undoes it."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def insert(self, company: int, entity: str, record: Record) -> Record:
        """Ids are given out once for all entities and companies, so an id in the wrong place never fits by chance."""
        cursor = self.db.execute(_INSERT, (company, entity, _pack(record), *_columns(record)))
        return {**record, "id": cursor.lastrowid}

    def update(self, record: Record) -> Record:
        self.db.execute(_UPDATE, (_pack(record), *_columns(record), record["id"]))
        return record

    def get(self, company: int, entity: str, record_id: int) -> Record | None:
        """Deleted records too: whoever asks decides."""
        sql = "SELECT id, body FROM record WHERE id = ? AND company = ? AND entity = ?"
        row = self.db.execute(sql, (record_id, company, entity)).fetchone()
        return _unpack(row) if row else None

    def exists(self, company: int, entity: str, record_id: int) -> bool:
        sql = "SELECT 1 FROM record WHERE id = ? AND company = ? AND entity = ? AND is_deleted = 0"
        return self.db.execute(sql, (record_id, company, entity)).fetchone() is not None

    def by_code(self, company: int, entity: str, code: str) -> Record | None:
        sql = "SELECT id, body FROM record WHERE company = ? AND entity = ? AND code = ?"
        row = self.db.execute(sql, (company, entity, code)).fetchone()
        return _unpack(row) if row else None

    def select(
        self, company: int, entity: str, where: str = "is_deleted = 0", values: Sequence[Any] = (), tail: str = "ORDER BY id"
    ) -> list[Record]:
        """`where` and `tail` are written by this package, never by a caller of the API."""
        sql = f"SELECT id, body FROM record WHERE company = ? AND entity = ? AND {where} {tail}"
        return [_unpack(row) for row in self.db.execute(sql, (company, entity, *values))]

    def count(self, company: int, entity: str, where: str = "is_deleted = 0", values: Sequence[Any] = ()) -> int:
        sql = f"SELECT COUNT(*) FROM record WHERE company = ? AND entity = ? AND {where}"
        return int(self.db.execute(sql, (company, entity, *values)).fetchone()[0])

    def counts(self, company: int) -> dict[str, int]:
        sql = "SELECT entity, COUNT(*) FROM record WHERE company = ? AND is_deleted = 0 GROUP BY entity"
        return dict(self.db.execute(sql, (company,)).fetchall())

    def put_content(self, record_id: int, data: bytes) -> None:
        self.db.execute("INSERT INTO content VALUES (?, ?)", (record_id, data))

    def content(self, record_id: int) -> bytes:
        row = self.db.execute("SELECT data FROM content WHERE id = ?", (record_id,)).fetchone()
        return bytes(row[0]) if row else b""

    def setting(self, key: str, default: Any = None) -> Any:
        row = self.db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def keep_setting(self, key: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, json.dumps(value)))

    def close(self) -> None:
        with self.lock:
            self.db.close()


def _pack(record: Record) -> str:
    return json.dumps({key: value for key, value in record.items() if key != "id"}, ensure_ascii=False, separators=(",", ":"))


def _unpack(row: tuple[int, str]) -> Record:
    record: Record = json.loads(row[1])
    record["id"] = row[0]
    return record


def _columns(record: Record) -> list[Any]:
    named = {"name": record.get("title"), **record}
    flags = (1 if record.get("is_deleted") else 0, 1 if record.get("is_archived") else 0)
    return [*flags, *(named.get(column) for column in COLUMNS[2:])]
