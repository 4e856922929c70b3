"""Log lines never show an API token, wherever it slipped in: message, arguments or traceback."""

import logging
import re

# Pipedrive's tokens are 40 hex digits; so are its field keys, which a log line can do without.
TOKEN = re.compile(r"(?<![0-9a-z])[0-9a-f]{40}(?![0-9a-z])", re.IGNORECASE)


def mask(text: str) -> str:
    return TOKEN.sub("[token]", text)


class MaskingFormatter(logging.Formatter):
    """Works on the finished line, so that tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
