"""The generator's truth holds, and what it writes is recognised to the last file."""

from pathlib import Path

import pytest

from connectors.sources import archives, tables
from connectors.sources.net_results.sample import write_sample
from connectors.sources.recognise import recognise_package
from connectors.sources.registry import get_source


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    write_sample(tmp_path / "one", seed=5, contacts=40)
    write_sample(tmp_path / "two", seed=5, contacts=40)
    files = [path.relative_to(tmp_path / "one") for path in sorted((tmp_path / "one").rglob("*")) if path.is_file()]
    assert len(files) == 12
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_file_is_recognised(tmp_path: Path, seed: int) -> None:
    truth = write_sample(tmp_path, seed=seed)
    with archives.open_package(tmp_path) as package:
        found = tables.inspect_all(entry for entry in package.entries if tables.is_table(entry))
        heads = [(shape.file, shape.headers, tables.head(entry, shape, 200)) for entry, shapes, _ in found for shape in shapes]
    assert {one.object for one in recognise_package(get_source("net-results"), heads)} == set(truth["counts"])
