"""Keys of a machine where nobody has set any: made once, kept beside the data, readable by this user only."""

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet


@dataclass(frozen=True, slots=True)
class LocalKeys:
    secret_key: str
    field_keys: tuple[str, ...]


def local_keys(data: Path) -> LocalKeys:
    """Reads `secrets.json` in `data`, writing it first where there is none. Processes that start together agree on one file."""
    path = data / "secrets.json"
    if not path.exists():
        _write_once(path)
    kept = json.loads(path.read_text())
    return LocalKeys(secret_key=kept["SECRET_KEY"], field_keys=tuple(kept["FIELD_KEYS"]))


def _write_once(path: Path) -> None:
    made = {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_KEYS": [Fernet.generate_key().decode()]}
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix="secrets-")  # mkstemp gives mode 600
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
        os.link(draft, path)  # fails where another process was first: its keys stand
    except FileExistsError:
        return
    finally:
        os.unlink(draft)
