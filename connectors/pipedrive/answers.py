"""What an answer of Pipedrive means: a Reply, or the error that says what the caller should do (LEDGER.md 3.4, API.md 4.4 and 10)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.errors import (
    AccessDenied,
    Blocked,
    BudgetSpent,
    LimitReached,
    OutcomeUnknown,
    PipedriveError,
    RecordMissing,
    RecordRefused,
    WaitAndRepeat,
)

DAY_LEFT = "x-daily-ratelimit-token-remaining"
WINDOW_CAP = "x-ratelimit-limit"

REDIRECTS = (301, 302, 303, 307, 308)
SHORTEST_WAIT = 2.0  # the burst window itself
LONGEST_RESET = 60.0  # the unit of x-ratelimit-reset is not documented; a burst window never takes longer
LONGEST_TEXT = 500
CAP_WORDS = re.compile(r"\blimit(s|ed)?\b.{0,40}\b(reached|exceeded)\b|\b(reached|exceeded)\b.{0,60}\blimit", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """A success. `headers` has lower-case names; `server_time` is the server's own clock (Date), in whole seconds."""

    status: int
    data: Any
    additional: Mapping[str, Any]
    headers: Mapping[str, str]
    server_time: datetime | None


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    """The Reply, or raises what the answer means. `headers` needs lower-case names; any text in the error is Pipedrive's own."""
    payload = _parsed(body)
    if 200 <= status < 300:
        return _success(status, headers, payload)
    raise _failure(status, headers, payload, body)


def bytes_of(status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    """As `judge`, for answers that are a file; `data` holds its bytes. A status above 299 comes with a `location` to find them at."""
    if 200 <= status < 300 or (status in REDIRECTS and headers.get("location")):
        return Reply(status, body, {}, headers, server_time(headers))
    return judge(status, headers, body)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def whole_number(headers: Mapping[str, str], name: str) -> int | None:
    """A header's number, None where it is missing or is none."""
    try:
        return int(float(headers[name]))
    except (KeyError, ValueError, OverflowError):
        return None


def _success(status: int, headers: Mapping[str, str], payload: Any) -> Reply:
    if not isinstance(payload, dict) or payload.get("success") is not True:
        said = _words(payload) or "it cannot be read"
        raise OutcomeUnknown(
            f"Pipedrive answered {status}, but not with a success: {said}.", status=status, correlation_id=_correlation(headers)
        )
    additional = payload.get("additional_data")
    return Reply(
        status=status,
        data=payload.get("data"),
        additional=additional if isinstance(additional, dict) else {},
        headers=headers,
        server_time=server_time(headers),
    )


def _failure(status: int, headers: Mapping[str, str], payload: Any, body: bytes) -> PipedriveError:
    said = _words(payload) or _plain_text(body) or "no reason given"
    code = _code(payload)
    rest: dict[str, Any] = {"status": status, "correlation_id": _correlation(headers)}
    if status == 429:
        return _too_many(headers, said, rest)
    if status in (401, 402):
        what = "does not accept the API token" if status == 401 else "says that the account is not open"
        return AccessDenied(f"Pipedrive {what} ({status}): {said}", **rest)
    if status == 403:
        return _forbidden(payload, said, code, rest)
    if status in (404, 410):
        return RecordMissing(f"Pipedrive does not know this record ({status}): {said}", code=code, **rest)
    if status < 400:
        return AccessDenied(f"Pipedrive answered with a redirect ({status}); check the address of the account.", **rest)
    if status >= 500 or status == 408:
        return OutcomeUnknown(f"Pipedrive failed ({status}): {said}", **rest)
    return RecordRefused(f"Pipedrive refused this ({status}): {said}", code=code, **rest)


def _too_many(headers: Mapping[str, str], said: str, rest: dict[str, Any]) -> PipedriveError:
    left = whole_number(headers, DAY_LEFT)
    if left is not None and left <= 0:
        return BudgetSpent(f"The company's API tokens of the day are spent (429): {said}", **rest)
    seconds = max(_retry_after(headers), _window_reset(headers), SHORTEST_WAIT)
    return WaitAndRepeat(f"Pipedrive asks to wait {seconds:g} seconds (429): {said}", seconds=seconds, **rest)


def _forbidden(payload: Any, said: str, code: str, rest: dict[str, Any]) -> PipedriveError:
    if not isinstance(payload, dict):
        return Blocked(f"Pipedrive's gateway blocks this company's requests (403 without a Pipedrive answer): {said}", **rest)
    if code.startswith("feature_capping") or CAP_WORDS.search(said):
        return LimitReached(f"A limit of the Pipedrive plan is reached (403): {said}", code=code, **rest)
    return AccessDenied(f"The API token may not do this (403): {said}", **rest)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; the header may also hold a date, which is counted from the server's own clock."""
    said = headers.get("retry-after", "")
    try:
        return _seconds(said)
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - (server_time(headers) or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _window_reset(headers: Mapping[str, str]) -> float:
    try:
        return min(_seconds(headers.get("x-ratelimit-reset", "")), LONGEST_RESET)
    except ValueError:
        return 0.0


def _seconds(said: str) -> float:
    number = float(said)
    if not 0 <= number < float("inf"):
        raise ValueError(said)
    return number


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _words(payload: Any) -> str:
    """Pipedrive's own reason, whatever shape it came in (API.md 10.2)."""
    if not isinstance(payload, dict):
        return ""
    try:
        texts = [text for text in (_flat(payload.get(key)) for key in ("error", "errors", "message")) if text]
        info = _flat(payload.get("error_info"))
    except RecursionError:
        return ""
    if info and "developers.pipedrive.com" not in info:
        texts.append(info)
    return _shortened("; ".join(dict.fromkeys(texts)))


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_flat(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_flat, value))
    return "" if value is None else str(value).strip()


def _code(payload: Any) -> str:
    code = payload.get("code") or payload.get("errorCode") if isinstance(payload, dict) else ""
    return str(code or "")


def _plain_text(body: bytes) -> str:
    text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", body[:20_000].decode("utf-8", "replace"), flags=re.IGNORECASE | re.DOTALL)
    return _shortened(" ".join(text.split()))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _correlation(headers: Mapping[str, str]) -> str:
    return headers.get("x-correlation-id", "")
