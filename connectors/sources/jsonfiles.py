"""Json exports: a list of objects, such lists under keys, or one object on each line."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from connectors.errors import UnreadableFile
from connectors.records import TableShape
from connectors.sources import encodings
from connectors.sources.archives import Entry
from connectors.sources.encodings import STRAY

SUFFIXES = (".json", ".jsonl", ".ndjson")
MOST_BYTES = 200 << 20  # it is read as a whole
Objects = list[dict[str, Any]]
_HALF = re.compile("[\ud800-\udfff]")


def is_json(entry: Entry) -> bool:
    return PurePosixPath(entry.name).suffix.lower() in SUFFIXES


def inspect(entry: Entry) -> list[TableShape]:
    """One table for each list of objects; headers are the keys in the order of their first appearance, dotted where nested."""
    codec, tables = _tables(entry)
    shapes = []
    for key, objects in tables.items():
        headers = dict.fromkeys(name for item in objects for name in _flat(item))
        shapes.append(TableShape(entry.name, "json", tuple(headers), 0, key if len(tables) > 1 else "", codec))
    return shapes


def rows(entry: Entry, shape: TableShape) -> Iterator[list[str]]:
    tables = _tables(entry)[1]
    objects = tables[shape.sheet] if shape.sheet else next(iter(tables.values()))
    for item in objects:
        flat = _flat(item)
        yield [flat.get(header, "") for header in shape.headers]


def _tables(entry: Entry) -> tuple[str, dict[str, Objects]]:
    if entry.size > MOST_BYTES:
        raise UnreadableFile(entry.name, f"is larger than {MOST_BYTES >> 20} MB; export it as csv.")
    codec = encodings.detect(entry).codec
    with entry.open() as file, io.TextIOWrapper(file, codec, STRAY) as text:
        content = text.read()
    tables = _object_lists(_parsed(entry, content))
    if not tables:
        raise UnreadableFile(entry.name, "holds no list of records; export the list itself, or as csv.")
    return codec, tables


def _parsed(entry: Entry, content: str) -> Any:
    """Numbers stay text: 1.10 is not 1.1, and long ids lose nothing."""
    try:
        return json.loads(content, parse_float=str, parse_int=str)
    except json.JSONDecodeError as error:
        lines = [line for line in content.splitlines() if line.strip()]
        try:
            return [json.loads(line, parse_float=str, parse_int=str) for line in lines]
        except json.JSONDecodeError:
            raise UnreadableFile(entry.name, f"is no valid json (line {error.lineno}: {error.msg}); export it again.") from error
    except RecursionError as error:
        raise UnreadableFile(entry.name, "is nested too deeply to be an export; export it as csv.") from error


def _object_lists(content: Any) -> dict[str, Objects]:
    if _is_objects(content):
        return {"": content}
    if not isinstance(content, dict):
        return {}
    return {_whole(key): value for key, value in content.items() if _is_objects(value)}


def _is_objects(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and all(isinstance(item, dict) for item in content)


def _flat(item: dict[str, Any], prefix: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, value in item.items():
        if isinstance(value, dict) and value:
            cells |= _flat(value, f"{prefix}{key}.")
        else:
            cells[_whole(prefix + key)] = _whole(_text(value))
    return cells


def _whole(text: str) -> str:
    """Programs that cut texts to a length cut pairs of surrogates in two. No other encoding can hold a half: it is a stray sign."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return "; ".join(map(_text, value))
    return json.dumps(value, ensure_ascii=False)
