"""From rules to a mapper: everything is looked up once, so that a row costs only its own conversions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from migrations_app.rules.check import RowChecks, make_issue
from migrations_app.rules.deals import DealClosing, ProjectRow
from migrations_app.rules.shapes import SHAPES, Column
from migrations_app.rules.spec import DEAL, Draft, Rule, Settings, split_custom
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.rules.transforms.numbers import currency_in
from migrations_app.rules.transforms.places import join_address, region
from migrations_app.rules.transforms.registry import Convert
from migrations_app.rules.transforms.text import LONG_TEXT_LIMIT, clean, shorten

# A step turns the row's cleaned texts into values of the draft; the second argument is the row's country.
Step = Callable[[Sequence[str], str, Draft], None]

# References by role, kept as raw text whatever the rules say: they are resolved where other records are known.
REFERENCE_ROLES = frozenset(
    (
        "owner owner_email author company_ref company_name contact_ref contact_name contact_email deal_ref product_ref product_name "
        "parent_type parent_id pipeline stage"
    ).split()
)

# Columns that are read without having a field: what the source worked out is compared with what Pipedrive will.
COMPARED = frozenset({"line_total"})

_NAME_PARTS = ("first", "middle", "last", "suffix")
_CLOSING_DATES = ("won_time", "lost_time", "close_time", "expected_close_date")
_FALLBACK_DATES = ("modified_at", "created_at")


def compile_rules(rules: Sequence[Rule], headers: Sequence[str], roles: Mapping[int, str], settings: Settings) -> "Mapper":
    """The mapper of one table. Rules find their column by header (the second of a name, the second rule), else by role."""
    return Mapper(_by_position(rules, headers, roles), len(headers), roles, settings)


def _by_position(rules: Sequence[Rule], headers: Sequence[str], roles: Mapping[int, str]) -> dict[int, Rule]:
    free = list(rules)
    found: dict[int, Rule] = {}
    for same in (_by_header, _by_role):
        for at in range(len(headers)):
            rule = next((rule for rule in free if at not in found and same(rule, headers[at], roles.get(at, ""))), None)
            if rule is not None:
                found[at] = rule
                free.remove(rule)
    return found


def _by_header(rule: Rule, header: str, role: str) -> bool:
    return rule.column == header


def _by_role(rule: Rule, header: str, role: str) -> bool:
    return bool(role) and rule.role == role


class Mapper:
    """Turns the cells of one table into drafts. Keeps no state between rows."""

    def __init__(self, rules: Mapping[int, Rule], width: int, roles: Mapping[int, str], settings: Settings) -> None:
        self.rules, self.roles, self.settings = rules, roles, settings
        self.object = next((rule.object for rule in rules.values()), "")
        self.entity = next((rule.entity for rule in rules.values() if rule.entity), "")
        self.width = max([width, *(at + 1 for at in (*roles, *rules))])
        self.at = {role: at for at, role in sorted(roles.items(), reverse=True)}
        self.country = self.at.get("country", -1)
        self.references = [(at, role) for at, role in roles.items() if role in REFERENCE_ROLES]
        self.checks = RowChecks(self.object, width, roles)
        self.steps = self._steps()
        self.closing = self._closing() if self.entity == DEAL else None
        self.project_row = ProjectRow(self.at.get("is_opportunity", -1), settings)
        self.monetary = [rule.field for rule in rules.values() if rule.transform == "money"]

    def draft(self, cells: Sequence[str]) -> Draft:
        """One row in neutral values, with every issue that the row shows by itself."""
        texts = [clean(cell) if cell else "" for cell in cells]
        texts += [""] * (self.width - len(texts))
        draft = Draft(references={role: texts[at] for at, role in self.references if texts[at]})
        if "owner_email" in draft.references:
            draft.references.setdefault("owner", draft.references["owner_email"])
        if "author" in draft.references:
            draft.references.setdefault("owner", draft.references["author"])
        country = region(texts[self.country] if self.country >= 0 else "", self.settings.country)
        for step in self.steps:
            step(texts, country, draft)
        self._settle_money(texts, draft)
        if self.closing:
            self.project_row(texts, draft)
            self.closing(texts, draft)
        self.checks(cells, texts, draft)
        return draft

    # --- compiling ---------------------------------------------------------------------------------------------------

    def _convert(self, rule: Rule, transform: str = "") -> Convert:
        convert = TRANSFORMS[transform or rule.transform].build(asdict(self.settings) | dict(rule.options))
        values = rule.options.get("values")
        return _renaming(convert, values) if values else convert

    def _steps(self) -> list[Step]:
        steps: list[Step] = []
        grouped: dict[str, list[tuple[int, Rule]]] = {}
        shapes = SHAPES.get(self.entity, ())
        for at, rule in sorted(self.rules.items()):
            if any(rule.transform in shape.takes for shape in shapes):
                continue
            if not rule.field or rule.field == "source_id" or rule.transform == "reference":
                continue
            if rule.transform in ("name_part", "full_name", "address_part", "labelled") or rule.field in ("emails", "phones"):
                grouped.setdefault(rule.field, []).append((at, rule))
            else:
                steps.append(self._scalar(at, rule))
        makers = {"name": self._name, "emails": self._entries, "phones": self._entries}
        whole = [makers.get(field, self._together)(field, columns) for field, columns in grouped.items()]
        return whole + steps + [shape(self._columns(shape.takes), self.settings) for shape in shapes]

    def _columns(self, takes: frozenset[str]) -> list[Column]:
        ruled = [(at, rule) for at, rule in sorted(self.rules.items()) if rule.transform in takes]
        wanted = [(at, rule) for at, rule in ruled if rule.field or rule.transform in COMPARED]
        return [Column(at, rule, self._convert(rule), self._report(rule)) for at, rule in wanted]

    def _report(self, rule: Rule) -> Callable[[Draft, str, str], None]:
        object, field = self.object, rule.role or rule.column

        def report(draft: Draft, code: str, text: str) -> None:
            draft.issues.append(make_issue(object, code, field, text))

        return report

    def _scalar(self, at: int, rule: Rule) -> Step:
        convert, report, field = self._convert(rule), self._report(rule), rule.field

        def step(texts: Sequence[str], country: str, draft: Draft) -> None:
            text = texts[at]
            if not text:
                return
            value, code = convert(text, country)
            if value is not None:
                draft.values.setdefault(field, value)
            if code:
                report(draft, code, text)

        return step

    def _name(self, field: str, columns: list[tuple[int, Rule]]) -> Step:
        """First and last name joined; a full name only where both are empty."""
        order = {part: number for number, part in enumerate(_NAME_PARTS)}
        parts = sorted(
            ((at, rule) for at, rule in columns if rule.transform == "name_part"),
            key=lambda item: order.get(item[1].options.get("part", ""), 9),
        )
        whole = [(at, self._convert(rule), self._report(rule)) for at, rule in columns if rule.transform == "full_name"]
        reports = [(at, self._report(rule)) for at, rule in parts]

        def step(texts: Sequence[str], country: str, draft: Draft) -> None:
            joined = " ".join(texts[at] for at, _ in parts if texts[at])
            if len(joined) > 255:
                at, report = max(reports, key=lambda item: len(texts[item[0]]))
                report(draft, "overlong", texts[at])
            for at, convert, report in whole if not joined else ():
                joined, code = convert(texts[at], country) if texts[at] else ("", "")
                if code:
                    report(draft, code, texts[at])
            if joined:
                draft.values[field] = shorten(joined)

        return step

    def _entries(self, field: str, columns: list[tuple[int, Rule]]) -> Step:
        """E-mails or phones of several columns in one list, each value once, the first one primary."""
        default = self.settings.email_label if field == "emails" else self.settings.phone_label
        extensions = [at for at, rule in columns if rule.options.get("part") == "extension"]
        readers = [
            (at, self._convert(rule, field), rule.options.get("label") or default, self._report(rule))
            for at, rule in columns
            if at not in extensions
        ]

        def step(texts: Sequence[str], country: str, draft: Draft) -> None:
            entries: dict[str, dict[str, Any]] = {}
            for at, convert, label, report in readers:
                if not texts[at]:
                    continue
                found, code = convert(texts[at], country)
                if code:
                    report(draft, code, texts[at])
                for value in found or ():
                    entries.setdefault(value.casefold(), {"value": value, "label": label, "primary": not entries})
            extension = next((texts[at] for at in extensions if texts[at]), "")
            if entries and extension:
                first = next(iter(entries.values()))
                first["value"] += "" if " ext. " in first["value"] else f" ext. {extension}"
            if entries:
                draft.values[field] = list(entries.values())

        return step

    def _together(self, field: str, columns: list[tuple[int, Rule]]) -> Step:
        return (self._lines if columns[0][1].transform == "labelled" else self._address)(field, columns)

    def _lines(self, field: str, columns: list[tuple[int, Rule]]) -> Step:
        """Several columns in one large text, a line for each that holds something."""
        readers = [(at, self._convert(rule)) for at, rule in columns]

        def step(texts: Sequence[str], country: str, draft: Draft) -> None:
            if lines := [convert(texts[at], country)[0] for at, convert in readers if texts[at]]:
                draft.values[field] = shorten("\n".join(lines), LONG_TEXT_LIMIT)

        return step

    def _address(self, field: str, columns: list[tuple[int, Rule]]) -> Step:
        places = [(rule.options.get("part", "street"), at) for at, rule in columns]

        def step(texts: Sequence[str], country: str, draft: Draft) -> None:
            address = join_address({part: texts[at] for part, at in places if texts[at]})
            if address:
                draft.values[field] = address

        return step

    # --- deals and money ---------------------------------------------------------------------------------------------

    def _closing(self) -> DealClosing:
        dated = [(at, rule) for at, rule in self.rules.items() if rule.field in _CLOSING_DATES]
        moments = {rule.field: self._moment(at, rule) for at, rule in dated}
        named = frozenset(rule.role or rule.column for _, rule in dated)
        fallbacks = [
            self._moment(self.at[role], self.rules[self.at[role]]) for role in _FALLBACK_DATES if self.at.get(role, -1) in self.rules
        ]
        return DealClosing(moments, named, fallbacks, any(rule.field == "status" for rule in self.rules.values()))

    def _moment(self, at: int, rule: Rule) -> Callable[[Sequence[str]], str | None]:
        convert = self._convert(rule, "datetime")
        return lambda texts: convert(texts[at], "")[0] if texts[at] else None

    def _settle_money(self, texts: Sequence[str], draft: Draft) -> None:
        """Amounts without a currency of their own take the row's, else the project's."""
        values = draft.values
        if self.entity == DEAL and "value" in values and "currency" not in values:
            self._settle_currency(texts, draft)
        for field in self.monetary:
            money = values.get(field)
            if money and not money["currency"]:
                money["currency"] = values.get("currency", "") or _currency_of_price(values) or self.settings.currency

    def _settle_currency(self, texts: Sequence[str], draft: Draft) -> None:
        at = next((at for at, rule in self.rules.items() if rule.field == "value"), -1)
        beside = currency_in(texts[at], self.settings.currency) if at >= 0 else ""
        currency = beside or self.settings.currency
        if currency:
            draft.values["currency"] = currency
        elif not any(issue.code == "unknown_currency" for issue in draft.issues):
            draft.issues.append(make_issue(self.object, "no_currency", "currency", texts[at]))


def _renaming(convert: Convert, values: Mapping[str, str]) -> Convert:
    """Reads a value as what the map says it becomes; an empty target leaves it out."""

    def renamed(text: str, region: str) -> tuple[Any, str]:
        target = values.get(text.casefold(), text)
        return convert(target, region) if target else (None, "")

    return renamed


def _currency_of_price(values: Mapping[str, Any]) -> str:
    return str(next((price["currency"] for price in values.get("prices", ())), ""))


def custom_fields(rules: Sequence[Rule]) -> dict[tuple[str, str], list[str]]:
    """The custom fields that rules need, as (entity, field name), with the options they must have."""
    needed: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        if split_custom(rule.field):
            choices = needed.setdefault((rule.entity, rule.field), [])
            choices += [choice for choice in rule.options.get("choices", ()) if choice not in choices]
    return needed
