"""What the demo does about ports that others have."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrations_app.demo.memory import Memory


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_the_web_server_s_port_is_held_from_the_moment_it_is_chosen(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    with memory.listen(None) as listener:
        assert listener.getsockname()[1] == memory.web_port
        with pytest.raises(OSError):
            socket.create_server(("127.0.0.1", memory.web_port))
        with Memory(tmp_path, web_port=memory.web_port).listen(None) as second:
            assert second.getsockname()[1] != memory.web_port


def test_a_port_that_was_asked_for_is_not_exchanged_for_another(tmp_path: Path, taken: int) -> None:
    with pytest.raises(OSError):
        Memory(tmp_path).listen(taken)


def test_the_sandbox_takes_another_port_where_its_own_is_taken(tmp_path: Path, taken: int) -> None:
    memory = Memory(tmp_path, sandbox_port=taken)
    with memory.start_sandbox() as sandbox:
        assert sandbox.url == memory.sandbox
        assert memory.sandbox_port != taken
        assert sandbox.control().accounts() == []
