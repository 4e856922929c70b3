"""Tokens at rest: encrypted with the keys of FIELD_KEYS, the first one writes, all of them read."""

from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class SecretField(models.TextField):
    """Stored encrypted, read as plain text; never rendered by a form (editable=False)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        return _box().encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _box().decrypt(value.encode()).decode() if value else ""
