"""The sandbox's table of facts against Pipedrive's two API documents, wherever these lie beside the repository."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.sandbox.bodies import BODIES
from connectors.sandbox.facts import OPERATIONS, SORTS, Operation
from connectors.sandbox.routing import HANDLERS

DOCUMENTS = Path(__file__).resolve().parents[3] / ".." / "shared" / "pipedrive"
needs_documents = pytest.mark.skipif(not DOCUMENTS.exists(), reason="the API documents are not here")
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.key)

JSON_TYPES = {
    "name": "string",
    "text": "string",
    "html": "string",
    "word": "string",
    "date": "string",
    "time": "string",
    "clock": "string",
    "stamp": "string",
    "currency": "string",
    "activity_type": "string",
    "binary": "string",
    "visible_text": "string",
    "id": "integer",
    "int": "integer",
    "whole_percent": "integer",
    "visible": "integer",
    "option": "integer",
    "cycles": "integer",
    "num": "number",
    "percent": "number",
    "flag": "number",
    "bool": "boolean",
    "address": "object",
    "custom": "object",
    "object": "object",
    "amount": "object",
    "labels": "array",
    "contacts": "array",
    "participants": "array",
    "attendees": "array",
    "prices": "array",
    "options": "array",
    "uuids": "array",
    "list": "array",
    "lines": "array",
}

# Where the sandbox knows better than the documents, and why.
NEWER_KEYS = {"activity": {"outcome"}}  # API.md 0: in the official client since, not in this copy
ALSO_REQUIRED = {"person": {"name"}}  # API.md 10.2: "Name must be given."
OTHER_TYPES = {
    ("product", "category"): "number",  # documented as a number; it is the id of an option all the same
    ("product", "visible_to"): "number",  # documented as a number; only whole levels exist
}


@cache
def document(version: str) -> dict[str, Any]:
    with (DOCUMENTS / f"openapi-{version}.yaml").open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader)


def documented(operation: Operation) -> dict[str, Any]:
    return document(operation.version)["paths"][operation.path][operation.method.lower()]


def resolved(version: str, node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = document(version)
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def flattened(version: str, schema: Any) -> tuple[dict[str, Any], set[str]]:
    """All properties and required names of a schema, through allOf and references."""
    schema = resolved(version, schema)
    properties = {name: resolved(version, one) for name, one in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        more, needed = flattened(version, part)
        properties |= more
        required |= needed
    return properties, required


def json_type(version: str, schema: dict[str, Any]) -> str | None:
    kinds = {schema.get("type")} | {json_type(version, resolved(version, part)) for part in schema.get("allOf", ())}
    return next(iter(kinds - {None}), None)


def body_schema(operation: Operation) -> Any:
    content = resolved(operation.version, documented(operation)["requestBody"])["content"]
    return next(iter(content.values()))["schema"]


@every_operation
def test_every_operation_has_a_handler(operation: Operation) -> None:
    assert operation.key in HANDLERS


def test_no_handler_waits_for_an_operation_that_is_not_in_the_table() -> None:
    assert set(HANDLERS) == {operation.key for operation in OPERATIONS}


@needs_documents
@every_operation
def test_costs_are_those_of_the_documents(operation: Operation) -> None:
    assert operation.cost == documented(operation)["x-token-cost"]


@needs_documents
@every_operation
def test_statuses_are_those_of_the_documents(operation: Operation) -> None:
    assert str(operation.status) in documented(operation)["responses"]


@needs_documents
@every_operation
def test_query_names_are_those_of_the_documents(operation: Operation) -> None:
    parameters = [resolved(operation.version, one) for one in documented(operation).get("parameters", ())]
    assert operation.queries == {one["name"] for one in parameters if one["in"] == "query"}


@needs_documents
@pytest.mark.parametrize("path", SORTS)
def test_sort_orders_are_those_of_the_documents(path: str) -> None:
    parameters = [resolved("v2", one) for one in document("v2")["paths"][f"/{path}"]["get"]["parameters"]]
    names = next(one["schema"]["enum"] for one in parameters if one["name"] == "sort_by")
    assert sorted(SORTS[path]) == sorted(names)


@needs_documents
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.body], ids=lambda operation: operation.key)
def test_bodies_are_those_of_the_documents(operation: Operation) -> None:
    properties, required = flattened(operation.version, body_schema(operation))
    table = BODIES[operation.body]
    creating = operation.method == "POST"
    known = {name for name, kind in table.items() if creating or "create" not in kind.split()}
    assert known - NEWER_KEYS.get(operation.body, set()) == set(properties)
    if creating or operation.body.endswith("_change") or operation.body == "merge":
        needed = {name for name, kind in table.items() if "required" in kind.split()}
        assert needed - ALSO_REQUIRED.get(operation.body, set()) == required


@needs_documents
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.body], ids=lambda operation: operation.key)
def test_types_are_those_of_the_documents(operation: Operation) -> None:
    properties, _ = flattened(operation.version, body_schema(operation))
    for name, kind in BODIES[operation.body].items():
        if name not in properties:
            continue
        word = kind.split()[0]
        ours = "string" if word == "id:lead" else JSON_TYPES[word.partition(":")[0]]
        assert OTHER_TYPES.get((operation.body, name), ours) == json_type(operation.version, properties[name]), name


@needs_documents
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.body], ids=lambda operation: operation.key)
def test_words_to_choose_from_are_those_of_the_documents(operation: Operation) -> None:
    properties, _ = flattened(operation.version, body_schema(operation))
    for name, kind in BODIES[operation.body].items():
        word = kind.split()[0]
        if word.startswith("word:") and name in properties:
            schema = properties[name]
            choices = schema.get("enum") or next((part["enum"] for part in schema.get("allOf", ()) if "enum" in part), None)
            if choices is not None:  # the documents name no words for a deal's status
                assert sorted(word.removeprefix("word:").split("|")) == sorted(choices), name
