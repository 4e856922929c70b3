"""What can go wrong at the edges, grouped by what the caller should do about it."""


class ConnectorError(Exception):
    """Anything a connector raises on purpose. Its text is a sentence for people; it never holds a token."""


# --- reading exports -------------------------------------------------------------------------------------------------


class UnreadableFile(ConnectorError):
    """One file (or the whole package) is refused; the text names the reason and the way out."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


# --- talking to Pipedrive --------------------------------------------------------------------------------------------


class PipedriveError(ConnectorError):
    """`status` is 0 where no answer was read; `correlation_id` is what Pipedrive's support asks for."""

    def __init__(self, message: str, *, status: int = 0, correlation_id: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.correlation_id = correlation_id


class NotSent(PipedriveError):
    """Known not to have reached the server (refused connection, DNS, TLS): safe to send again."""


class WaitAndRepeat(PipedriveError):
    """429 of the burst window: nothing was done; repeat after `seconds`."""

    def __init__(self, message: str, *, seconds: float, status: int = 429, correlation_id: str = "") -> None:
        super().__init__(message, status=status, correlation_id=correlation_id)
        self.seconds = seconds


class BudgetSpent(PipedriveError):
    """The company's tokens of the day are gone (or our share of them): nothing was done; go on after the reset.

    `seconds` is the best guess of how long that is; None where nobody knows.
    """

    def __init__(self, message: str, *, seconds: float | None = None, status: int = 429, correlation_id: str = "") -> None:
        super().__init__(message, status=status, correlation_id=correlation_id)
        self.seconds = seconds


class OutcomeUnknown(PipedriveError):
    """The request may or may not have been carried out (time-out, dropped answer, 5xx, unreadable 2xx)."""


class RecordRefused(PipedriveError):
    """Pipedrive said no to this one record (400, 404, 409, 413, 422); the others may go on. `code` is Pipedrive's own, if any."""

    def __init__(self, message: str, *, status: int, code: str = "", correlation_id: str = "") -> None:
        super().__init__(message, status=status, correlation_id=correlation_id)
        self.code = code


class RecordMissing(RecordRefused):
    """404 or 410: the record addressed does not exist (any more), or the token may not see it."""


class LimitReached(PipedriveError):
    """403 of the plan (`feature_capping_…`): this lane stops, `code` and the text say at what."""

    def __init__(self, message: str, *, status: int = 403, code: str = "", correlation_id: str = "") -> None:
        super().__init__(message, status=status, correlation_id=correlation_id)
        self.code = code


class AccessDenied(PipedriveError):
    """401, 402, or 403 without a cap: the token is wrong, revoked or not allowed; nothing more is sent until a person acts."""


class Blocked(PipedriveError):
    """403 with html from the gateway: everything on this company stops at once."""


class HostRefused(PipedriveError):
    """The address is not a Pipedrive host and not named in PIPEDRIVE_EXTRA_HOSTS."""
