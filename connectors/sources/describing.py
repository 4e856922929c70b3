"""Putting descriptions of objects together: what all systems share, with the spellings of `synonyms`."""

from collections.abc import Sequence
from dataclasses import replace

from connectors.sources.cellwords import TYPE_WORDS
from connectors.sources.spec import FieldSpec, FieldType, ObjectSpec
from connectors.sources.synonyms import file_words, record_words, spellings
from connectors.sources.wording import fold

PLACE = (
    FieldSpec("address", "text"),
    FieldSpec("address2", "text", second_of="address"),
    FieldSpec("city", "text"),
    FieldSpec("state", "text", optional=True),
    FieldSpec("postal_code", "text"),
    FieldSpec("country", "country"),
)
TIMES = (FieldSpec("created_at", "datetime"), FieldSpec("modified_at", "datetime", optional=True))
COMPANY = (FieldSpec("company_ref", "ref", refers="companies"), FieldSpec("company_name", "text", refers="companies"))


def fields(**types: FieldType) -> tuple[FieldSpec, ...]:
    """Fields that have nothing but a type."""
    return tuple(FieldSpec(role, type_) for role, type_ in types.items())


def words_for(*objects: str) -> frozenset[str]:
    """What columns print that say of which of these objects something is, folded."""
    return frozenset(fold(word.removeprefix("~")) for name in objects for word in record_words(name))


def kept_by(users: str) -> tuple[FieldSpec, ...]:
    """Whose record it is; `users` names the object that holds the people."""
    return FieldSpec("owner", "owner", refers=users), FieldSpec("owner_email", "email", second_of="owner")


def describe_object(
    name: str,
    label: str,
    fields: Sequence[FieldSpec],
    *,
    needs: Sequence[Sequence[str]],
    labels: Sequence[str],
    identity: Sequence[str],
    may_repeat: bool = False,
    words_of: str = "",
) -> ObjectSpec:
    """`words_of` names the entry of `synonyms` where that is not the object's own name."""
    said = words_of or name
    return ObjectSpec(
        name=name,
        label=label,
        words=record_words(said),
        file_spellings=file_words(said),
        fields=tuple(replace(spec, spellings=spellings(said, spec.role)) for spec in fields),
        identity=tuple(identity),
        label_roles=tuple(labels),
        needs=tuple(tuple(group) for group in needs),
        key_roles=tuple(spec.role for spec in fields if spec.type == "id"),
        may_repeat=may_repeat,
    )


def users(name: str, label: str, yes_no: frozenset[str]) -> ObjectSpec:
    """The people of a system under its own name for them; `yes_no` are its words for a flag."""
    return describe_object(
        name,
        label,
        (
            *fields(id="id", name="text", first_name="text", last_name="text", email="email", role="text", initials="text"),
            FieldSpec("active", "bool", examples=yes_no),
        ),
        needs=[("name", "email", "initials", "last_name")],
        labels=["name", "email", "initials"],
        identity=["email", "name"],
        words_of="users",
    )


def custom_fields(yes_no: frozenset[str], *objects: str) -> ObjectSpec:
    """Definitions of custom fields in a file of their own; `objects` can have some."""
    return describe_object(
        "custom_fields",
        "Custom fields",
        (
            FieldSpec("object", "enum", examples=words_for(*objects)),
            FieldSpec("label", "text"),
            FieldSpec("type", "enum", examples=TYPE_WORDS),
            *fields(options="text", formula="text"),
            FieldSpec("required", "bool", examples=yes_no),
        ),
        needs=[("label",), ("type", "options")],
        labels=["label"],
        identity=["object", "label"],
    )
