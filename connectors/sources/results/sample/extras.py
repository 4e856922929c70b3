"""What hangs on companies, contacts and deals: activities, notes, products, line items, attachments."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from . import words
from .rows import Row, Value, World
from .world import UNREFERRED, moment, money, owner

PARENTS = (("Contact", "contacts"), ("Company", "companies"), ("Opportunity", "deals"))
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def add_extras(random: Random, world: World) -> None:
    world.rows["activities"] = _activities(random, world)
    world.rows["notes"] = _notes(random, world)
    world.rows["products"] = _products(random)
    world.rows["line_items"] = _line_items(random, world)
    _price(world)
    world.rows["attachments"] = _attachments(random, world)


def _activities(random: Random, world: World) -> list[Row]:
    deals = world.rows["deals"]
    rows = []
    for number in range(len(world.rows["contacts"])):
        start, minutes, deal = moment(random), random.choice((15, 30, 45, 60)), random.choice(deals)
        values: dict[str, Value] = {
            "id": f"A{number + 1:05}",
            "type": random.choice(("Call", "Meeting", "Task", "E-mail")),
            "subject": f"{random.choice(words.SUBJECTS)} {number + 1}",
            "body": random.choice(words.SENTENCES),
            "owner": owner(random, world),
            "start": start,
            "end": start + timedelta(minutes=minutes),
            "duration": minutes,
            "outcome": random.choice(("Reached", "Left a message", "Postponed")),
            "done": start.year < 2024,
            "company_ref": deal.values["company_ref"],
            "contact_ref": deal.values["contact_ref"],
            "deal_ref": deal.id if random.random() < 0.5 else None,
        }
        rows.append(Row("activities", str(values["id"]), values))
    return rows


def _parent(random: Random, world: World) -> tuple[str, Row]:
    word, name = random.choice(PARENTS)
    rows = world.rows[name]
    return word, random.choice(rows if name == "deals" else rows[:-UNREFERRED])


def _notes(random: Random, world: World) -> list[Row]:
    rows = []
    for number in range(len(world.rows["contacts"]) // 4):
        word, parent = _parent(random, world)
        values: dict[str, Value] = {
            "id": f"N{number + 1:05}",
            "body": f"{random.choice(words.SENTENCES)} {random.choice(words.SENTENCES)}",
            "parent_type": word,
            "parent_id": parent.id,
            "author": owner(random, world),
            "created_at": moment(random),
        }
        rows.append(Row("notes", str(values["id"]), values))
    return rows


def _products(random: Random) -> list[Row]:
    rows = []
    for number in range(24):
        values: dict[str, Value] = {
            "id": f"PR{number + 1:04}",
            "sku": f"SK-{number + 101}",
            "name": f"{words.PRODUCTS[number % len(words.PRODUCTS)]} {'SML'[number % 3]}{number + 1}",
            "description": random.choice(words.SENTENCES),
            "price": money(random, 900),
            "currency": "EUR",
            "unit": random.choice(("piece", "m", "hour")),
            "active": random.random() < 0.9,
        }
        rows.append(Row("products", str(values["id"]), values))
    return rows


def _line_items(random: Random, world: World) -> list[Row]:
    rows = []
    for number in range(len(world.rows["deals"])):
        product, quantity, discount = random.choice(world.rows["products"]), random.randrange(1, 12), random.choice((0, 0, 5, 10))
        price = Decimal(str(product.values["price"]))
        values: dict[str, Value] = {
            "id": f"L{number + 1:05}",
            "deal_ref": random.choice(world.rows["deals"]).id,
            "product_ref": product.id,
            "quantity": quantity,
            "unit_price": price,
            "discount": discount,
            "total": (price * quantity * (100 - discount) / 100).quantize(Decimal("0.01")),
        }
        rows.append(Row("line_items", str(values["id"]), values))
    return rows


def _price(world: World) -> None:
    """A deal is worth what its lines come to; every eighth value somebody typed over later."""
    totals: dict[str, Decimal] = {}
    for line in world.rows["line_items"]:
        totals[line.text("deal_ref")] = totals.get(line.text("deal_ref"), Decimal(0)) + Decimal(str(line.values["total"]))
    for number, deal in enumerate(world.rows["deals"]):
        if deal.id in totals and number % 8:
            deal.values["value"] = totals[deal.id]


def _attachments(random: Random, world: World) -> list[Row]:
    rows = []
    for number in range(10):
        word, parent = _parent(random, world)
        path = f"attachments/F{number + 1:03}.pdf"
        world.attachments[path] = PDF + b"%" + str(number).encode()
        values: dict[str, Value] = {
            "id": f"F{number + 1:03}",
            "file_name": f"drawing {number + 1}.pdf",
            "path": path,
            "kind": "document",
            "mime": "application/pdf",
            "size": len(world.attachments[path]),
            "parent_type": word,
            "parent_id": parent.id,
            "created_at": moment(random),
        }
        rows.append(Row("attachments", str(values["id"]), values))
    return rows
