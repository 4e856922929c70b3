"""Users and currencies (v1)."""

from typing import Any

from .bodies import BODIES
from .call import Call
from .clock import to_stamp
from .errors import invalid
from .plans import CURRENCIES
from .store import Record
from .validation import Scope, validate


def me(call: Call) -> Any:
    settings = call.account.settings
    return {
        **_present(call, call.user),
        "company_id": call.company,
        "company_name": settings["name"],
        "company_domain": call.account.domain,
        "company_country": settings["country"],
        "language": {"language_code": "en", "country_code": settings["country"]},
    }


def list_users(call: Call) -> Any:
    return [_present(call, user) for user in call.account.users.values()]


def read_user(call: Call) -> Any:
    return _present(call, call.record("user"))


def add_user(call: Call) -> Any:
    call.require_admin()
    validate(call.body, BODIES["user"], Scope(call.account), creating=True)
    if any(user["email"].lower() == call.body["email"].lower() for user in call.account.users.values()):
        raise invalid("email: a user with this email exists")
    return _present(call, call.accounts.add_user(call.company, call.account.settings, call.body))


def change_user(call: Call) -> Any:
    call.require_admin()
    user = call.record("user")
    validate(call.body, BODIES["user_change"], Scope(call.account), creating=True)
    changed = call.store.update({**user, **call.body, "update_time": call.now})
    call.schema_changed()
    return _present(call, changed)


def list_currencies(call: Call) -> Any:
    term = call.query.get("term", "").upper()
    codes = [code for code in call.account.settings["currencies"] if term in code]
    return [
        {
            "id": number,
            "code": code,
            "name": code,
            "symbol": code,
            "decimal_points": CURRENCIES[code],
            "active_flag": True,
            "is_custom_flag": False,
        }
        for number, code in enumerate(codes, start=1)
    ]


def _present(call: Call, user: Record) -> Record:
    apps = ("sales", "global", "account_settings")
    return {
        "id": user["id"],
        "name": user["name"],
        "email": user["email"],
        "default_currency": user["default_currency"],
        "timezone_name": user["timezone_name"],
        "locale": "en_US",
        "lang": 1,
        "phone": None,
        "activated": True,
        "active_flag": user["active_flag"],
        "is_deleted": False,
        "is_admin": 1 if user["is_admin"] else 0,
        "access": [{"app": app, "admin": user["is_admin"], "permission_set_id": f"{app}-{user['is_admin']}".lower()} for app in apps],
        "role_id": 1,
        "icon_url": None,
        "is_you": user["id"] == call.user["id"],
        "created": to_stamp(user["add_time"]),
        "modified": to_stamp(user["update_time"]),
    }
