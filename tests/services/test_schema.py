"""The account as it was read: what its digest rests on."""

from typing import Any

from migrations_app.services import schema


def read(options: list[list[Any]]) -> dict[str, Any]:
    return {"fields": {"deal": [{"code": "channel", "name": "Channel", "type": "enum", "custom": False, "options": options}]}}


def test_option_ids_of_built_in_fields_may_be_numbers_texts_or_missing() -> None:
    options: list[list[Any]] = [[None, "None"], [1, "Web"], ["x-2", "Fair"]]
    assert schema.digest(read(options)) == schema.digest(read(options[::-1]))
    assert schema.digest(read(options)) != schema.digest(read(options[:2]))
