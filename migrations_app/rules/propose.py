"""A rule for every column, with how sure it is and why. Nothing is dropped in silence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrations_app.rules.homes import HOMES, LINES, NO_PLACE
from migrations_app.rules.profile import ColumnProfile
from migrations_app.rules.spec import ENTITY_OF_OBJECT, FieldDefinition, Rule, Settings, custom_field, split_custom
from migrations_app.rules.targets import TRANSFORM_OF_TYPE, Home
from migrations_app.rules.transforms.words import fold

# Objects that are read as definitions, and so need no rule of their own.
DEFINITIONS = {
    "users": "read to match owners",
    "owners": "read to match owners",
    "custom_fields": "read as the definition of custom fields",
    "pipelines": "read as pipelines and stages",
    "quickbooks": "laid beside companies and contacts: what differs stands under QuickBooks differences",
}

_TYPE_OF_DECLARED = {
    "text": "varchar",
    "string": "varchar",
    "varchar": "varchar",
    "long": "text",
    "textarea": "text",
    "html": "text",
    "number": "double",
    "int": "double",
    "double": "double",
    "percent": "double",
    "money": "monetary",
    "currency": "monetary",
    "monetary": "monetary",
    "date": "date",
    "datetime": "date",
    "bool": "enum",
    "checkbox": "enum",
    "enum": "enum",
    "dropdown": "enum",
    "multi": "set",
    "multi_select": "set",
    "set": "set",
    "url": "varchar",
    "email": "varchar",
    "phone": "phone",
    "address": "address",
    "id": "varchar",
}
_TYPE_OF_PROFILE = _TYPE_OF_DECLARED | {"empty": "varchar"}

# Which values a transform expects, as kinds of the profile, in the words of a reason.
_EXPECTED = {
    "emails": (("email",), "e-mail addresses"),
    "phones": (("phone", "number"), "phone numbers"),
    "phone": (("phone", "number"), "phone numbers"),
    "url": (("url",), "web addresses"),
    "date": (("date", "serial"), "dates"),
    "datetime": (("date", "serial"), "dates"),
    "amount": (("number",), "amounts"),
    "money": (("number",), "amounts"),
    "number": (("number",), "numbers"),
    "percent": (("number",), "percentages"),
    "yes_no": (("bool",), "yes or no"),
    "start": (("date", "serial"), "dates"),
    "end": (("date", "serial"), "dates"),
    "stamp": (("date", "serial"), "dates"),
    "price": (("number",), "amounts"),
    "cost": (("number",), "amounts"),
}
# Words for hours in the header of a duration; else its numbers are minutes.
_HOURS = frozenset("hours hour hrs hr h stunden std heures horas ore uren uur godziny godz hodiny hod timmar timer".split())
COLLECTED = "More from the source"  # the field of what says little
THIN, MOSTLY, TELLING_ROWS = 0.02, 0.8, 200
_DECLARED, _PROFILED, _PLAIN_TEXT, _REFERENCE_LIKE = 0.95, 0.7, 0.6, 0.4


def propose(
    object: str,
    headers: Sequence[str],
    roles: Mapping[int, str],
    certainty: Mapping[int, float],
    profiles: Sequence[ColumnProfile],
    definitions: Mapping[str, FieldDefinition],
    settings: Settings,
) -> list[Rule]:
    """One rule per column, in column order. `definitions` are the source's custom fields of this object, by label."""
    entity = ENTITY_OF_OBJECT.get(object, "")
    if not entity:
        note = DEFINITIONS.get(object, "not in scope yet; every row is staged")
        return [Rule(object, header, roles.get(at, ""), "", "", "", {}, 1.0, note, at) for at, header in enumerate(headers)]
    declared = {fold(label): definition for label, definition in definitions.items()}
    mark = _table_mark(profiles)
    rules = []
    for at, header in enumerate(headers):
        rule = _Column(object, entity, at, header, roles.get(at, ""), certainty.get(at, 0.0), profiles[at], settings, mark).rule(
            declared.get(fold(header))
        )
        rules.append(rule)
    return _with_unique_labels(rules)


def _table_mark(profiles: Sequence[ColumnProfile]) -> str:
    """The decimal mark that the number columns of the table prove together: it settles columns that prove nothing alone."""
    marks = Counter(profile.decimal_mark for profile in profiles if profile.decimal_mark and profile.type in ("number", "money", "percent"))
    return marks.most_common(1)[0][0] if len(marks) == 1 else ""


class _Column:
    """What is known of one column, and the rule that follows from it."""

    def __init__(
        self,
        object: str,
        entity: str,
        position: int,
        header: str,
        role: str,
        certainty: float,
        profile: ColumnProfile,
        settings: Settings,
        mark: str,
    ) -> None:
        self.object, self.entity, self.position, self.header = object, entity, position, header
        self.role, self.certainty, self.profile, self.settings, self.mark = role, certainty, profile, settings, mark

    def rule(self, definition: FieldDefinition | None) -> Rule:
        home = HOMES[self.object].get(self.role) if self.role else None
        if self.object in NO_PLACE and home is None:
            return self._without_place()
        if definition and (home is None or self.certainty < 0.9):
            return self._declared(definition)
        if home is None and self._says_little():
            why = f"{self._unknown_reason()}filled in {self.profile.fill_rate:.1%} of the rows: no field is spent on it alone"
            return self._make(custom_field(COLLECTED, "text"), "labelled", {"label": self.header}, _PLAIN_TEXT, why)
        if home is None:
            return self._by_values(self.header, self._unknown_reason())
        if home.note and not home.field:
            reason = f"header “{self.header}” is read as {self.role}: {home.note}"
            return self._make("", home.transform, self._reading(home.transform), self.certainty, reason)
        if self.profile.filled == 0 and home.is_custom:
            return self._empty()
        return self._at_home(home)

    def _says_little(self) -> bool:
        """Hardly ever filled, or the same in every row: such columns share one large text field (PRACTICE.md 2)."""
        profile = self.profile
        return profile.rows >= TELLING_ROWS and profile.filled > 0 and (profile.fill_rate < THIN or profile.distinct == 1)

    def _without_place(self) -> Rule:
        """Some records have no custom fields in Pipedrive: what nobody knows stands as a line in their text, or nowhere."""
        if self.profile.filled == 0:
            return self._empty()
        reason = f"{self._unknown_reason()}{NO_PLACE[self.object]}"
        field = LINES.get(self.object, "")
        return self._make(field, "labelled" if field else "", {"label": self.header} if field else {}, _PLAIN_TEXT, reason)

    def _at_home(self, home: Home) -> Rule:
        field, transform, options = home.field, home.transform, dict(home.options)
        if home.is_custom and not home.type:
            rule = self._by_values(home.label or self.header, "")
            field, transform, options = rule.field, rule.transform, dict(rule.options)
        elif home.is_custom:
            field = custom_field(home.label or self.header, home.type)
            options |= {"choices": self._choices(home.type)} if transform in ("option", "options") else {}
        share, evidence = self._evidence(transform)
        options |= self._reading(transform)
        if self.role == "stage" and (doubt := self._one_for_all()):
            share, evidence = 0.0, f"{evidence}; {doubt}"
        reason = f"header “{self.header}” is read as {self.role}{evidence}"
        return self._make(
            field, transform, options, round(self.certainty * (0.5 + 0.5 * share), 2), (home.note and f"{reason}; {home.note}") or reason
        )

    def _one_for_all(self) -> str:
        """Why a stage is not to be trusted: a link to QuickBooks puts every deal into the same one (PRACTICE.md 3 row 26)."""
        (stage, count), *_ = self.profile.counts.most_common(1) or [("", 0)]
        if self.profile.rows < TELLING_ROWS or count <= MOSTLY * self.profile.rows:
            return ""
        share = f"{count / self.profile.rows:.0%}"
        return f"{share} of the rows stand in “{stage}”, which looks like a default that nobody chose: ask before it is trusted"

    def _evidence(self, transform: str) -> tuple[float, str]:
        if transform not in _EXPECTED or not self.profile.filled:
            return 1.0, "; the column is empty so far" if not self.profile.filled else ""
        kinds, words = _EXPECTED[transform]
        share = min(1.0, sum(self.profile.shares.get(kind, 0.0) for kind in kinds))
        return share, f"; {share:.0%} of the values are {words}"

    def _declared(self, definition: FieldDefinition) -> Rule:
        if self.profile.filled == 0:
            return self._empty()
        profiled = self.profile.type
        type = definition.type or profiled
        if type == "calculated":
            type = profiled if profiled in ("date", "bool") else "number" if profiled in ("int", "number", "money", "percent") else "text"
        pipedrive_type = _TYPE_OF_DECLARED.get(type, "varchar")
        choices = list(definition.options) or self._choices(pipedrive_type)
        note = "; the calculated value is frozen as it stands" if definition.formula or definition.type == "calculated" else ""
        return self._custom(
            definition.label,
            type,
            pipedrive_type,
            choices,
            _DECLARED,
            f"declared as {type} in the custom field definitions{note}",
        )

    def _by_values(self, label: str, reason: str) -> Rule:
        if self.profile.filled == 0:
            return self._empty()
        type = self.profile.type
        pipedrive_type = _TYPE_OF_PROFILE.get(type, "varchar")
        confidence = {"id": _REFERENCE_LIKE, "text": _PLAIN_TEXT}.get(type, _PROFILED)
        words = "the values look like references of another system" if type == "id" else f"the values look like {type}"
        return self._custom(label, type, pipedrive_type, self._choices(pipedrive_type), confidence, f"{reason}{words}")

    def _custom(self, label: str, type: str, pipedrive_type: str, choices: list[str], confidence: float, reason: str) -> Rule:
        if pipedrive_type == "varchar" and (self.profile.line_breaks or self.profile.max_length > 255):
            pipedrive_type = "text"
        transform = TRANSFORM_OF_TYPE[pipedrive_type]
        if type in ("bool", "checkbox"):
            transform, choices = "yes_no", ["Yes", "No"]
        elif type in ("url", "percent"):
            transform = type if type == "url" else "number"
        options: dict[str, Any] = {"choices": choices} if pipedrive_type in ("enum", "set") else {}
        if pipedrive_type == "address":
            options["part"] = "street"
        return self._make(custom_field(label, pipedrive_type), transform, options | self._reading(transform), confidence, reason)

    def _choices(self, pipedrive_type: str) -> list[str]:
        if pipedrive_type == "set":
            return list(self.profile.parts() or self.profile.counts)
        if pipedrive_type != "enum":
            return []
        different: dict[str, str] = {}
        for value, _ in self.profile.counts.most_common():
            different.setdefault(value.casefold(), value)
        return list(different.values())

    def _reading(self, transform: str) -> dict[str, Any]:
        """What the column's values prove about how to read them."""
        if transform in ("date", "datetime", "start", "end", "stamp"):
            return {"date_order": self.profile.date_order} if self.profile.date_order else {}
        if transform == "duration":
            return {"unit": "hours"} if any(word in _HOURS for word in fold(self.header).split()) else {}
        if transform == "labelled":
            return {"label": self.header}
        if transform in ("number", "amount", "money", "percent", "price", "cost", "discount", "line_total"):
            decimal = self.profile.decimal_mark or ("" if self.settings.number_format else self.mark)
            options: dict[str, Any] = {"decimal": decimal} if decimal else {}
            return options | ({"scale": self.profile.percent_scale} if transform in ("percent", "discount") else {})
        if transform == "yes_no":
            return {"spelling": list(self.profile.yes_no_spelling()), "choices": ["Yes", "No"]}
        if transform == "full_name":
            return {"order": "last_first"} if self._comma_names() else {}
        return {}

    def _comma_names(self) -> bool:
        commas = sum(count for value, count in self.profile.counts.items() if value.count(",") == 1 and not value.endswith(","))
        return commas > 0.6 * self.profile.filled

    def _unknown_reason(self) -> str:
        if self.role:
            return f"header “{self.header}” is read as {self.role}, which has no field of its own in Pipedrive; "
        return f"nothing in Pipedrive is called “{self.header}”; "

    def _empty(self) -> Rule:
        return self._make("", "", {}, 1.0, "empty in all rows")

    def _make(self, field: str, transform: str, options: dict[str, Any], confidence: float, reason: str) -> Rule:
        return Rule(self.object, self.header, self.role, self.entity, field, transform, options, confidence, reason, self.position)


def _with_unique_labels(rules: list[Rule]) -> list[Rule]:
    """Two columns of one name become two custom fields; parts of one address, on purpose, share theirs."""
    taken: set[str] = set()
    unique = []
    for rule in rules:
        custom = split_custom(rule.field)
        if custom and rule.transform not in ("address_part", "labelled"):
            label, number = custom[0], 1
            while fold(label) in taken:
                number += 1
                label = f"{custom[0]} {number}"
            taken.add(fold(label))
            rule = replace(rule, field=custom_field(label, custom[1]))
        unique.append(rule)
    return unique
