"""What years of use do to lines, products, activities, notes and attachments."""

from datetime import datetime, timedelta
from decimal import Decimal

from .rows import Row, Victims, World

EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"
OVERSIZED = 60 << 20


def soil_hanging(world: World, victims: dict[str, Victims]) -> None:
    _references(victims)
    _lines_and_products(world, victims)
    _activities(victims["activities"])
    _attachments(world, victims["attachments"])
    for row in world.rows["notes"]:
        if "<b>" in row.text("body"):
            row.flag("warn", "html", "body")


def _references(victims: dict[str, Victims]) -> None:
    for name, field, printed, severity, code in (
        ("line_items", "deal_ref", "D99999", "reject", "unknown_deal"),
        ("line_items", "product_ref", "PR9999", "decide", "unknown_product"),
        ("activities", "deal_ref", "D99998", "warn", "unknown_deal"),
        ("activities", "contact_ref", "P99998", "warn", "unknown_contact"),
        ("notes", "parent_id", "X99999", "reject", "unknown_parent"),
        ("notes", "body", "", "reject", "empty_note"),
    ):
        for row in victims[name].take():
            row.break_cell(field, printed)
            row.flag(severity, code, field)


def _lines_and_products(world: World, victims: dict[str, Victims]) -> None:
    for row in victims["line_items"].take():
        row.values |= {"quantity": 0, "total": Decimal("0.00")}
        row.flag("warn", "zero_quantity", "quantity")
    for row in victims["line_items"].take():
        row.values["total"] = Decimal(row.text("total")) + Decimal("17.30")
        row.flag("warn", "total_differs", "total")
    first = world.rows["products"][0]
    for row in victims["products"].take(1, lambda row: row.id > first.id):
        row.values["sku"] = first.values["sku"]
        row.flag("warn", "duplicate_sku", "sku")


def _activities(victims: Victims) -> None:
    for row in victims.take():
        row.values["subject"] = None
        row.flag("warn", "no_subject", "subject")
    for row in victims.take():
        row.values["duration"] = int(row.text("duration")) + 7
        row.flag("warn", "duration_differs", "duration")
    for row in victims.take():
        start = row.values["start"]
        assert isinstance(start, datetime)
        row.values["end"] = start - timedelta(hours=2)
        row.flag("warn", "end_before_start", "end")
    for row in victims.take():
        row.values |= dict.fromkeys(("company_ref", "contact_ref", "deal_ref"))
        row.flag("warn", "no_parent")


def _attachments(world: World, victims: Victims) -> None:
    (missing,) = victims.take(1)
    del world.attachments[missing.text("path")]
    missing.flag("reject", "missing_file", "path")
    (outside,) = victims.take(1)
    del world.attachments[outside.text("path")]
    _print(outside, "..\\..\\private\\salaries.pdf")
    outside.flag("reject", "path_traversal", "path")
    (disguised,) = victims.take(1)
    world.attachments[disguised.text("path")] = EXE
    disguised.values["size"] = len(EXE)
    disguised.flag("decide", "type_mismatch", "path")
    (barred,) = victims.take(1)
    world.attachments[barred.text("path").replace(".pdf", ".exe")] = world.attachments.pop(barred.text("path"))
    barred.values |= {"path": barred.text("path").replace(".pdf", ".exe"), "file_name": "viewer.exe"}
    barred.flag("reject", "forbidden_type", "path")
    (large,) = victims.take(1)
    del world.attachments[large.text("path")]
    large.values["size"] = OVERSIZED
    large.flag("decide", "oversized", "path")
    large.flag("reject", "missing_file", "path")
    (spelled,) = victims.take(1)
    folder, _, name = spelled.text("path").rpartition("/")
    world.attachments[f"{folder}/{name.upper()}"] = world.attachments.pop(spelled.text("path"))
    spelled.flag("warn", "wrong_name", "path")
    world.attachments["attachments/loose scan.txt"] = b"Nobody knows where this belongs.\n"


def _print(row: Row, path: str) -> None:
    row.values |= {"path": path, "file_name": path.rpartition("\\")[2]}
