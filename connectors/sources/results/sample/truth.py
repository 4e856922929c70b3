"""What a perfect reader finds in a sample package. The shape is that of a truth file: rows are physical records from 1, header included."""

from collections import Counter
from decimal import Decimal
from typing import Any

from . import words
from .files import Table
from .rows import Row, World
from .spelling import MONEY, PARENT_OBJECTS, REFERENCES, Speller, Spelling
from .world import CUSTOM_FIELDS

OWNED = {"companies": "owner", "contacts": "owner", "deals": "owner", "activities": "owner", "notes": "author"}
TYPES = {"id": "id", "email": "email", "website": "url", "phone": "phone", "mobile": "phone", "owner": "owner", "author": "owner"}
TYPES |= dict.fromkeys((*REFERENCES, "parent_id"), "ref") | dict.fromkeys(MONEY, "money")
TYPES |= dict.fromkeys(("created_at", "start", "end"), "datetime") | dict.fromkeys(("birthday", "close_date", "review_date"), "date")
TYPES |= dict.fromkeys(("active", "required", "newsletter", "done"), "bool")
TYPES |= dict.fromkeys(("employees", "order", "probability", "quantity", "discount", "duration", "size", "badge_number"), "int")
TYPES |= {"service_level": "enum", "greeting": "enum", "interests": "multi", "rivals": "multi"}
CUSTOM = {(name, field) for name, field, *_ in CUSTOM_FIELDS}


def tell(world: World, tables: list[Table], speller: Speller, made_with: dict[str, Any]) -> dict[str, Any]:
    spelling = speller.spelling
    rows = {table.object: world.rows[table.object] for table in tables}
    problems = [problem for name in rows for row in rows[name] for problem in _problems(row, speller)]
    return {
        "format": 1,
        "made_with": made_with,
        "files": {_place(table): _file(table, spelling) for table in tables},
        "headers": {_place(table): _headers(table) for table in tables},
        "counts": {name: _counts(name, world, rows[name]) for name in rows},
        "ids": {name: [row.id for row in rows[name]] for name in rows if "id" in spelling.fields(name)},
        "duplicate_source_ids": _repeated(rows),
        "duplicates": _duplicates(world, rows),
        "orphaned_deals": world.orphans,
        "owners": _owners(world, rows),
        "problems": problems,
        "problem_counts": dict(sorted(Counter(f"{p['object']}.{p['code']}" for p in problems).items())),
        "links": _links(world, spelling),
        "deal_value_totals": {"all_rows": _totals(world.rows["deals"]), "unique_ids": _totals(list(world.once("deals")))},
        "deals_by_status": dict(Counter(row.text("status") for row in world.rows["deals"])),
        "activities_by_type": dict(Counter(row.text("type") for row in world.rows["activities"])),
        "unindexed_files": _unindexed(world),
        "pipelines": [
            {"pipeline": name, "stages": [{"stage": s, "order": n, "probability": p} for n, (s, p) in enumerate(stages, 1)]}
            for name, stages in world.pipelines
        ],
    }


def _unindexed(world: World) -> list[str]:
    named = {row.text("path").casefold() for row in world.rows["attachments"]}
    return sorted(path for path in world.attachments if path.casefold() not in named)


def _place(table: Table) -> str:
    return f"{table.file}#{table.sheet}" if table.sheet else table.file


def _file(table: Table, spelling: Spelling) -> dict[str, Any]:
    workbook = spelling.format == "xlsx"
    return {
        "object": table.object,
        "format": spelling.format,
        "encoding": None if workbook else spelling.encoding,
        "delimiter": None if workbook else spelling.delimiter,
        "sheet": table.sheet or None,
        "header_row": table.header_row,
        "physical_rows": len(table.lines),
        "preamble_rows": table.header_row - 1,
        **{f"{name}_rows": count for name, count in table.counts.items()},
    }


def _headers(table: Table) -> list[dict[str, Any]]:
    return [
        {"position": position, "header": header, "object": table.object, "field": field, "type": TYPES.get(field, "text"), "custom": custom}
        for position, (header, field) in enumerate(zip(table.headers, table.fields, strict=True), 1)
        for custom in [(table.object, field) in CUSTOM]
    ]


def _counts(name: str, world: World, rows: list[Row]) -> dict[str, int]:
    rejected = sum(_worst(row) == "reject" for row in rows)
    to_decide = sum(_worst(row) == "decide" for row in rows)
    counts = {"rows": len(rows), "rejected": rejected, "to_decide": to_decide, "clean": len(rows) - rejected - to_decide}
    if name in {"pipelines", "custom_fields"}:
        return counts
    counts["unique_ids"] = sum(not row.repeats for row in rows)
    twins = {"companies": world.company_twins, "contacts": world.contact_twins}.get(name)
    if twins is not None:
        nameless = sum(any(problem.code == "no_name" for problem in row.problems) for row in rows)
        counts["after_merge"] = counts["unique_ids"] - nameless - sum(len(ids) - 1 for _, ids, _ in twins)
    return counts


def _worst(row: Row) -> str:
    found = {problem.severity for problem in row.problems}
    return next((severity for severity in ("reject", "decide", "warn") if severity in found), "")


def _repeated(rows: dict[str, list[Row]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, in_file in rows.items():
        for row in in_file:
            if row.repeats:
                first = next(other for other in in_file if other.id == row.id)
                found.setdefault(name, []).append({"id": row.id, "rows": [first.line, row.line], "kind": row.repeats})
    return found


def _duplicates(world: World, rows: dict[str, list[Row]]) -> dict[str, Any]:
    """Companies that exist only as text have no web address to be told by."""
    twins, daughters = (world.company_twins, world.company_subdomains) if "companies" in rows else ([], [])
    return {
        "companies": [{"domain": domain, "ids": ids, "forms": forms} for domain, ids, forms in twins],
        "companies_subdomain": [{"domain": domain, "ids": ids} for domain, ids in daughters],
        "contacts": [{"email": email, "ids": ids, "kinds": kinds} for email, ids, kinds in world.contact_twins],
        "free_mail_domains": list(words.FREE_MAIL),
    }


def _user(world: World, text: str) -> str | None:
    users = [row for row in world.rows["users"] if text.lower() in {row.text("name").lower(), row.text("email").lower()}]
    return users[0].id if len(users) == 1 else None


def _owners(world: World, rows: dict[str, list[Row]]) -> dict[str, Any]:
    names = Counter(row.text("name") for row in world.rows["users"])
    texts = {name: Counter(row.text(OWNED[name]) for row in world.once(name)) for name in OWNED if name in rows}
    refs = {name: {text: {"user": _user(world, text), "rows": n} for text, n in texts[name].items()} for name in texts}
    open_texts = {name: {text: ref["rows"] for text, ref in refs[name].items() if ref["user"] is None} for name in refs}
    return {
        "users": [{key: row.values[key] for key in ("id", "name", "email", "active")} for row in world.rows["users"]],
        "refs": refs,
        "unmatched": {name: {text: n for text, n in found.items() if names[text] < 2} for name, found in open_texts.items()},
        "ambiguous": {name: {text: n for text, n in found.items() if names[text] > 1} for name, found in open_texts.items()},
    }


def _problems(row: Row, speller: Speller) -> list[dict[str, Any]]:
    """`raw` is the cell as printed; rows without an id in the file have none here either."""
    shown = row.id if "id" in speller.spelling.fields(row.object) else None
    found = []
    for problem in row.problems:
        entry: dict[str, Any] = {"severity": problem.severity, "code": problem.code, "object": row.object, "row": row.line, "id": shown}
        if problem.field:
            entry |= {"field": problem.field, "raw": str(speller.cell(row, problem.field))}
        found.append(entry)
    return found


def _links(world: World, spelling: Spelling) -> dict[str, dict[str, Any]]:
    """By the sample's own ids, also where the files do not print them; null where there is nothing valid to link."""
    stages = {(name, stage) for name, found in world.pipelines for stage, _ in found}
    links: dict[str, dict[str, Any]] = {
        "contact_company": {row.id: row.values["company_ref"] for row in world.once("contacts")},
        "deal_company": {row.id: row.values["company_ref"] for row in world.once("deals")},
        "deal_contact": {row.id: row.values["contact_ref"] for row in world.once("deals")},
        "deal_stage": {
            row.id: f"{row.values['pipeline']} / {row.values['stage']}" if (row.values["pipeline"], row.values["stage"]) in stages else None
            for row in world.once("deals")
        },
        "line_item": {row.id: {"deal": row.values["deal_ref"], "product": row.values["product_ref"]} for row in world.once("line_items")},
        "activity": {row.id: {p: row.values[f"{p}_ref"] for p in ("company", "contact", "deal")} for row in world.once("activities")},
        "note": {
            row.id: {"type": PARENT_OBJECTS[row.text("parent_type")], "id": row.values["parent_id"]} if row.values["parent_id"] else None
            for row in world.once("notes")
        },
    }
    for name, field in OWNED.items():
        links[f"{'activity' if name == 'activities' else {'companies': 'company'}.get(name, name.removesuffix('s'))}_owner"] = {
            row.id: _user(world, row.text(field)) for row in world.once(name)
        }
    return links


def _totals(deals: list[Row]) -> dict[str, str]:
    totals: dict[str, Decimal] = {}
    for row in deals:
        if isinstance(value := row.values["value"], Decimal):
            totals[row.text("currency")] = totals.get(row.text("currency"), Decimal(0)) + value
    return {currency: f"{total:.2f}" for currency, total in sorted(totals.items())}
