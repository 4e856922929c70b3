"""The words in which a source system is described: objects, their fields, and how customers spell both.

A description is data. Nothing in it reads files; `recognise.py` compares it with what a file shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from re import Pattern
from typing import Literal

FieldType = Literal[
    "id", "ref", "text", "long", "email", "phone", "url", "owner", "money", "number",
    "int", "percent", "date", "datetime", "bool", "enum", "multi", "currency", "country",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an object; `spellings` stand best first, a `~` before one says "only where nothing better is there".

    `refers` names the object that the values point to. `examples` are values that such a column typically holds (folded
    by `wording.fold`). `second_of` names the role whose spelling this one takes when a table has it twice. An `optional`
    role gives way where the customer's own definitions declare a custom field of that label. `twin_of` names the role that
    this one repeats as another program has it. `blanks` are the texts that stand for "none" here. `looks` is the shape that
    only values of this field have, whatever its header says. `reads` tells a text that says something here, where the words
    are too many to list as examples.
    """

    role: str
    type: FieldType
    spellings: tuple[str, ...] = ()
    refers: str = ""
    examples: frozenset[str] = frozenset()
    second_of: str = ""
    optional: bool = False
    twin_of: str = ""
    blanks: frozenset[str] = frozenset()
    looks: Pattern[str] | None = None
    reads: Callable[[str], object] | None = None


@dataclass(frozen=True, eq=False)
class ObjectSpec:
    """`words` are what people call one such record (also in other tables that point to it); `file_spellings` name files.

    A table can only hold the object if each group of `needs` has one of its roles. `identity` are the roles that tell two
    rows apart where no id column exists, `label_roles` those that a reference by name may print. Rows `may_repeat` where the
    same again is meant: one more line of the same product. Records of another program (`foreign`) have none of our ids.
    """

    name: str
    label: str
    words: tuple[str, ...]
    file_spellings: tuple[str, ...]
    fields: tuple[FieldSpec, ...]
    identity: tuple[str, ...]
    label_roles: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    key_roles: tuple[str, ...] = ("id",)
    may_repeat: bool = False
    foreign: bool = False

    @cached_property
    def by_role(self) -> Mapping[str, FieldSpec]:
        return {spec.role: spec for spec in self.fields}


@dataclass(frozen=True, slots=True)
class Declarations:
    """Where a package lists its custom fields: the object, its roles for "of which object" and "called what", and the
    function that turns what the first of them prints into an object's name ("" for none)."""

    object: str
    object_role: str
    label_role: str
    object_name: Callable[[str], str]


@dataclass(frozen=True, eq=False)
class SourceSystem:
    """`not_taken` are names of files that such systems also write and that must not be mistaken for one of the objects.

    `twin_words` mark a column as the copy that another program keeps ("QB Balance" is no balance but its twin). `constants`
    tells what the name of a file (with folders and sheet) says about all rows of an object in it: {role: text}.
    """

    name: str
    label: str
    objects: tuple[ObjectSpec, ...]
    not_taken: tuple[str, ...] = ()
    twin_words: tuple[str, ...] = ()
    declarations: Declarations | None = None
    constants: Callable[[str, str], Mapping[str, str]] = lambda place, object: {}

    @cached_property
    def by_name(self) -> Mapping[str, ObjectSpec]:
        return {spec.name: spec for spec in self.objects}

    def object(self, name: str) -> ObjectSpec:
        """KeyError for an object that this system does not have."""
        return self.by_name[name]

    def field(self, object_name: str, role: str) -> FieldSpec:
        """KeyError for an object or role that this system does not have."""
        return self.by_name[object_name].by_role[role]
