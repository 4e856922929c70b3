"""Companies, their users and tokens, and what is kept in memory about each (schema changes make it be read again)."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .clock import Clock
from .defaults import ACTIVITY_TYPES, FEATURES, STAGES, built_in_fields
from .errors import bad_request
from .plans import CURRENCIES, MOST_OPEN_ITEMS, PLANS, Plan
from .store import Record, Store

_FIRST_COMPANY = 7_400_001


@dataclass
class Account:
    """One company as requests see it. Built on first use; `Accounts.forget` drops it after a change."""

    id: int
    domain: str
    settings: Record
    store: Store
    users: dict[int, Record]
    pipelines: dict[int, Record]
    stages: dict[int, Record]
    types: dict[str, Record]
    fields: dict[str, dict[str, Record]]
    open_items: int
    _customs: dict[str, dict[str, Record]] = field(default_factory=dict)

    @cached_property
    def plan(self) -> Plan:
        return PLANS[self.settings["plan"]]

    @property
    def seats(self) -> int:
        return int(self.settings["seats"])

    def feature(self, name: str) -> bool:
        return bool(self.plan.recurring if name == "recurring_billing" else self.settings["features"].get(name))

    def limit(self, name: str) -> int:
        return int(self.settings["limits"][name])

    def custom_fields(self, kind: str) -> dict[str, Record]:
        if kind not in self._customs:
            self._customs[kind] = {code: one for code, one in self.fields.get(kind, {}).items() if one["is_custom_field"]}
        return self._customs[kind]

    def options(self, kind: str, code: str) -> list[Record]:
        definition = self.fields[kind].get(code)
        return (definition or {}).get("options") or []

    def default_currency(self, user: Record) -> str:
        return str(user.get("default_currency") or self.settings["default_currency"])

    def knows_currency(self, code: Any) -> bool:
        return code in self.settings["currencies"]


class Accounts:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._cache: dict[int, Account] = {}
        self._tokens: dict[str, tuple[int, int]] = {}

    def by_token(self, token: str) -> tuple[Account, Record] | None:
        """The account and its active user; None where the token is unknown or its user switched off."""
        known = self._tokens.get(token)
        if known is None:
            row = self.store.db.execute("SELECT company, user_id FROM token WHERE token = ?", (token,)).fetchone()
            if row is None:
                return None
            known = self._tokens[token] = (row[0], row[1])
        account = self.by_id(known[0])
        user = account.users[known[1]]
        return (account, user) if user["active_flag"] else None

    def by_id(self, company: int) -> Account:
        if company not in self._cache:
            self._cache[company] = self._load(company)
        return self._cache[company]

    def by_domain(self, domain: str) -> Account | None:
        row = self.store.db.execute("SELECT id FROM company WHERE domain = ?", (domain,)).fetchone()
        return self.by_id(row[0]) if row else None

    def all(self) -> list[Account]:
        return [self.by_id(row[0]) for row in self.store.db.execute("SELECT id FROM company ORDER BY id").fetchall()]

    def forget(self, company: int) -> None:
        self._cache.pop(company, None)

    def tokens(self, company: int) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for token, user_id in self.store.db.execute("SELECT token, user_id FROM token WHERE company = ?", (company,)):
            found.setdefault(user_id, []).append(token)
        return found

    def new_token(self, company: int, user_id: int, token: str = "") -> str:
        """As in Pipedrive, a new token kills the old one of the same user."""
        self.store.db.execute("DELETE FROM token WHERE company = ? AND user_id = ?", (company, user_id))
        self._tokens.clear()
        token = token or secrets.token_hex(20)
        self.store.db.execute("INSERT INTO token VALUES (?, ?, ?)", (token, company, user_id))
        return token

    def save_settings(self, account: Account, changes: Mapping[str, Any]) -> None:
        settings = dict(account.settings)
        for key, value in changes.items():
            settings[key] = {**settings[key], **value} if isinstance(settings.get(key), dict) else value
        _check_settings(settings)
        self.store.db.execute("UPDATE company SET body = ? WHERE id = ?", (json.dumps(settings), account.id))
        self.forget(account.id)

    def create(self, wanted: Mapping[str, Any]) -> Account:
        settings = _settings(wanted)
        _check_settings(settings)
        domain = str(wanted.get("domain") or f"{_slug(settings['name'])}-{secrets.token_hex(3)}")
        if self.store.db.execute("SELECT 1 FROM company WHERE domain = ?", (domain,)).fetchone():
            raise bad_request(f"The company domain {domain} is taken.")
        count = int(self.store.db.execute("SELECT COUNT(*) FROM company").fetchone()[0])
        company = _FIRST_COMPANY + count * 17
        self.store.db.execute("INSERT INTO company VALUES (?, ?, ?)", (company, domain, json.dumps(settings)))
        self._furnish(company)
        for person in wanted.get("users") or [{"name": "Admin", "email": "admin@example.com", "is_admin": True}]:
            user = self.add_user(company, settings, person)
            self.new_token(company, user["id"], str(person.get("token") or ""))
        return self.by_id(company)

    def add_user(self, company: int, settings: Record, wanted: Mapping[str, Any]) -> Record:
        now = self.clock.now()
        user = {
            "name": wanted.get("name") or wanted["email"],
            "email": wanted["email"],
            "is_admin": bool(wanted.get("is_admin", False)),
            "active_flag": bool(wanted.get("active_flag", True)),
            "timezone_name": wanted.get("timezone", settings["timezone"]),
            "default_currency": wanted.get("default_currency", settings["default_currency"]),
            "add_time": now,
            "update_time": now,
        }
        self.forget(company)
        return self.store.insert(company, "user", user)

    def add_stages(self, company: int, pipeline_id: int) -> None:
        now = self.clock.now()
        for order, (name, probability) in enumerate(STAGES, start=1):
            stage = {"name": name, "deal_probability": probability, "pipeline_id": pipeline_id, "order_nr": order}
            rot = {"is_deal_rot_enabled": False, "days_to_rotten": None}
            self.store.insert(company, "stage", {**stage, **rot, "add_time": now, "update_time": now})

    def option_ids(self, options: list[Record]) -> list[Record]:
        """Ids of options never come twice, whatever field or account they belong to."""
        first = int(self.store.setting("next_option", 11))
        self.store.keep_setting("next_option", first + len(options))
        return [{"id": first + index, **option} for index, option in enumerate(options)]

    def _furnish(self, company: int) -> None:
        now = self.clock.now()
        times = {"add_time": now, "update_time": now}
        pipeline = self.store.insert(company, "pipeline", {"name": "Pipeline", "order_nr": 1, "is_deal_probability_enabled": True, **times})
        self.add_stages(company, pipeline["id"])
        for order, name in enumerate(ACTIVITY_TYPES, start=1):
            key = name.lower()
            look = {"icon_key": key, "color": "FFFFFF", "is_custom_flag": False, "order_nr": order}
            self.store.insert(company, "activity_type", {"name": name, "code": key, **look, **times})
        for kind, definition in built_in_fields():
            if definition["options"]:
                definition["options"] = self.option_ids(definition["options"])
            self.store.insert(company, kind, {**definition, "name": definition["field_name"], "code": definition["field_code"], **times})

    def _load(self, company: int) -> Account:
        domain, body = self.store.db.execute("SELECT domain, body FROM company WHERE id = ?", (company,)).fetchone()

        def by_id(entity: str, where: str = "is_deleted = 0") -> dict[int, Record]:
            return {record["id"]: record for record in self.store.select(company, entity, where)}

        open_items = "is_deleted = 0 AND is_archived = 0"
        account = Account(
            id=company,
            domain=domain,
            settings=json.loads(body),
            store=self.store,
            users=by_id("user"),
            pipelines=by_id("pipeline"),
            stages=by_id("stage"),
            types={record["code"]: record for record in self.store.select(company, "activity_type")},
            fields={},
            open_items=self.store.count(company, "deal", open_items) + self.store.count(company, "lead", open_items),
        )
        account.fields = {kind: self._fields(account, kind) for kind in dict.fromkeys(kind for kind, _ in built_in_fields())}
        return account

    def _fields(self, account: Account, kind: str) -> dict[str, Record]:
        records = self.store.select(account.id, kind)
        return {one["field_code"]: one for one in records if not one.get("feature") or account.feature(one["feature"])}


def open_item_cap(account: Account) -> int:
    return account.limit("open_items") or min(MOST_OPEN_ITEMS, account.plan.open_items * account.seats)


def _settings(wanted: Mapping[str, Any]) -> Record:
    return {
        "name": str(wanted.get("name") or "Sandbox"),
        "plan": str(wanted.get("plan", "premium")).lower(),
        "seats": wanted.get("seats", 5),
        "country": wanted.get("country", "US"),
        "timezone": wanted.get("timezone", "Europe/Berlin"),
        "default_currency": wanted.get("default_currency", "USD"),
        "file_host": str(wanted.get("file_host") or ""),  # downloads are redirected there
        "currencies": wanted.get("currencies") or list(CURRENCIES),
        "features": {**FEATURES, **(wanted.get("features") or {})},
        # Counts that Pipedrive has, but does not publish; 0 means the plan's own cap.
        "limits": {
            "budget": True,
            "window": True,
            "open_items": 0,
            "custom_fields": 0,
            "activity_types": 60,
            "notes_per_deal": 100,
            "lines_per_deal": 1000,
            "file_bytes": 50_000_000,
            **(wanted.get("limits") or {}),
        },
    }


def _check_settings(settings: Record) -> None:
    if settings["plan"] not in PLANS:
        raise bad_request(f"Unknown plan {settings['plan']!r}: one of {', '.join(PLANS)}.")
    unknown = [code for code in settings["currencies"] if code not in CURRENCIES]
    if unknown:
        raise bad_request(f"Unknown currencies: {', '.join(unknown)}.")
    strange = set(settings["features"]) - set(FEATURES)
    if strange:
        raise bad_request(f"Unknown features: {', '.join(sorted(strange))}.")


def _slug(name: str) -> str:
    letters = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name.lower())
    return "-".join(part for part in letters.split("-") if part)[:30] or "company"
