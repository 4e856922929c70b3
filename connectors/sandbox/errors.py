"""Refusals, with the bodies that Pipedrive is known to send (the two versions differ)."""

from typing import Any


class Refusal(Exception):
    """An answer that is not a success; nothing was written."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("error", ""))
        self.status = status
        self.body = {"success": False, **body}


def invalid(*problems: str) -> Refusal:
    return Refusal(400, {"error": "Validation failed: " + "; ".join(problems), "code": "ERR_SCHEMA_VALIDATION_FAILED"})


def not_allowed(path: str) -> str:
    return f"{path}: Parameter '{path}' is not allowed for this request"


def bad_request(text: str, info: str = "") -> Refusal:
    return Refusal(400, {"error": text, "error_info": info, "data": None, "additional_data": None})


def not_found() -> Refusal:
    return Refusal(404, {"error": "Entity was not found", "error_info": "Object was not found.", "data": None, "additional_data": None})


def unauthorized() -> Refusal:
    body = {"error": "unauthorized access", "errorCode": 401, "error_info": "Please check developers.pipedrive.com"}
    return Refusal(401, body)


def no_permission() -> Refusal:
    return Refusal(403, {"error": "You do not have permissions to do this.", "error_info": "", "data": None, "additional_data": None})


def limit_reached(text: str, code: str = "") -> Refusal:
    body: dict[str, Any] = {"error": text, "error_info": "", "data": None, "additional_data": None}
    return Refusal(403, {**body, "code": code} if code else body)
