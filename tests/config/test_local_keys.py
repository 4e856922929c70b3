from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.fernet import Fernet

from config.local_keys import local_keys


def test_keys_are_made_once_and_can_encrypt(tmp_path: Path) -> None:
    keys = local_keys(tmp_path)
    assert local_keys(tmp_path) == keys
    assert Fernet(keys.field_keys[0]).decrypt(Fernet(keys.field_keys[0]).encrypt(b"token")) == b"token"


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: local_keys(tmp_path), range(32)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]
