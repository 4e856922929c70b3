"""A small made-up firm's CRM as it would be if everybody had been careful."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from . import words
from .rows import Row, Value, World

PIPELINES = [
    ("New business", [("Enquiry", 10), ("Visit done", 30), ("Offer out", 60), ("Verbal yes", 90)]),
    ("Maintenance", [("Due", 25), ("Planned", 50), ("Confirmed", 85)]),
]
OPEN, WON, LOST = "Open", "Won", "Lost"
CUSTOM_FIELDS = (
    # object, label's field, declared type, options, formula
    ("companies", "service_level", "Dropdown", ("Basic", "Plus", "Premium"), ""),
    ("companies", "interests", "Multi-select", ("Repair", "Storage; cold", "Training"), ""),
    ("companies", "annual_budget", "Currency", (), ""),
    ("companies", "remark", "Text", (), ""),
    ("contacts", "newsletter", "Checkbox", (), ""),
    ("contacts", "badge_number", "Number", (), ""),
    ("contacts", "greeting", "Dropdown", ("Formal", "Informal"), ""),
    ("deals", "review_date", "Date", (), ""),
    ("deals", "deposit", "Currency", (), ""),
    ("deals", "rivals", "Multi-select", ("Brightwater", "Nordhaus", "Pell & Pell"), ""),
)
UNREFERRED = 8  # the last companies and contacts, which nothing points to, so that they can lose their names


def clean_world(random: Random, contacts: int) -> World:
    world = World(pipelines=PIPELINES)
    world.rows["users"] = _users(random)
    world.rows["custom_fields"] = []
    world.rows["companies"] = _companies(random, max(20, contacts * 3 // 10), world)
    world.rows["contacts"] = _contacts(random, max(40, contacts), world)
    world.rows["pipelines"] = _stages()
    world.rows["deals"] = _deals(random, max(30, contacts * 2 // 5), world)
    return world


def owner(random: Random, world: World) -> str:
    """An owner as people note it: mostly the name, often the e-mail, sometimes shouted. Two users share a name: never by name."""
    users = world.rows["users"]
    user = random.choice(users)
    name, email = user.text("name"), user.text("email")
    shared = sum(other.text("name") == name for other in users) > 1
    return random.choices([email if shared else name, email, email.upper()], [6, 5, 1])[0]


def moment(random: Random, first: date = date(2019, 1, 7), days: int = 2200) -> datetime:
    day = first + timedelta(days=random.randrange(days))
    return datetime(day.year, day.month, day.day, random.randrange(7, 19), random.randrange(60))


def money(random: Random, up_to: int) -> Decimal:
    return Decimal(random.randrange(5_000, up_to * 100)) / 100


def phone(random: Random, shape: str) -> str:
    return "".join(str(random.randrange(10)) if sign == "#" else sign for sign in shape)


def _users(random: Random) -> list[Row]:
    first, last = random.sample(words.FIRST_NAMES, 5), random.sample(words.LAST_NAMES, 5)
    names = [f"{a} {b}" for a, b in zip(first, last, strict=True)]
    names.append(names[1])  # two people of one name
    rows = []
    for number, name in enumerate(names, 1):
        values: dict[str, Value] = {
            "id": f"U{number:03}",
            "name": name,
            "email": f"user{number}@vendor.example",
            "active": number != 3,
            "role": "Administrator" if number == 1 else "Sales",
        }
        rows.append(Row("users", str(values["id"]), values))
    return rows


def _address(random: Random) -> tuple[dict[str, Value], str]:
    country, places, shape = random.choice(words.COUNTRIES)
    street = f"{random.randrange(1, 180)} {random.choice(words.STREETS)}"
    return {"address": street, "city": random.choice(places), "country": country}, shape


def _companies(random: Random, count: int, world: World) -> list[Row]:
    pairs = random.sample(list(itertools.product(words.COMPANY_FIRST, words.COMPANY_SECOND)), min(count, 1600))
    rows = []
    for number in range(count):
        first, second = pairs[number % len(pairs)]
        numeral = "" if number < len(pairs) else f" {number // len(pairs) + 1}"
        address, shape = _address(random)
        values: dict[str, Value] = {
            "id": f"C{number + 1:05}",
            "name": f"{first} {second}{numeral} {random.choice(words.LEGAL_FORMS)}".strip(),
            "website": f"https://www.{first}{second}{numeral.strip()}.example".lower(),
            "industry": random.choice(words.INDUSTRIES),
            "phone": phone(random, shape),
            **address,
            "postal_code": f"{random.randrange(1_000, 99_999):05}",
            "employees": random.randrange(1, 900),
            "owner": owner(random, world),
            "created_at": moment(random),
            "service_level": random.choice((None, "Basic", "Plus", "Premium")),
            "interests": tuple(random.sample(("Repair", "Storage; cold", "Training"), random.randrange(3))),
            "annual_budget": money(random, 90_000) if random.random() < 0.6 else None,
            "remark": random.choice(words.SENTENCES) if random.random() < 0.3 else None,
        }
        rows.append(Row("companies", str(values["id"]), values))
    return rows


def _contacts(random: Random, count: int, world: World) -> list[Row]:
    companies = world.rows["companies"][:-UNREFERRED]
    names = list(itertools.product(words.FIRST_NAMES, words.LAST_NAMES))
    random.shuffle(names)
    rows = []
    for number in range(count):
        first, last = names[number % len(names)]
        last += "" if number < len(names) else f" {number // len(names) + 1}"
        company = random.choice(companies) if random.random() < 0.88 else None
        address, shape = _address(random)
        values: dict[str, Value] = {
            "id": f"P{number + 1:05}",
            "first_name": first,
            "last_name": last,
            "email": _email(number, company),
            "phone": phone(random, shape),
            "mobile": phone(random, shape) if random.random() < 0.4 else None,
            "title": random.choice(words.JOB_TITLES),
            "company_ref": company.id if company else None,
            **address,
            "owner": owner(random, world),
            "birthday": moment(random, date(1955, 1, 1), 16_000).date() if random.random() < 0.3 else None,
            "created_at": moment(random),
            "newsletter": random.random() < 0.5,
            "badge_number": random.randrange(100, 999) if random.random() < 0.4 else None,
            "greeting": random.choice((None, "Formal", "Informal")),
        }
        rows.append(Row("contacts", str(values["id"]), values))
    return rows


def _email(number: int, company: Row | None) -> str:
    host = company.text("website").removeprefix("https://www.") if company else words.FREE_MAIL[number % len(words.FREE_MAIL)]
    return f"person{number + 1}@{host}"


def _stages() -> list[Row]:
    return [
        Row("pipelines", "", {"pipeline": pipeline, "stage": stage, "order": order, "probability": probability})
        for pipeline, stages in PIPELINES
        for order, (stage, probability) in enumerate(stages, 1)
    ]


def _deals(random: Random, count: int, world: World) -> list[Row]:
    contacts = [row for row in world.rows["contacts"][:-UNREFERRED] if row.values["company_ref"]]
    rows = []
    for number in range(count):
        contact = random.choice(contacts)
        pipeline, stages = random.choices(PIPELINES, [3, 1])[0]
        stage, probability = random.choice(stages)
        status = random.choices((OPEN, WON, LOST), (5, 3, 2))[0]
        opened = moment(random)
        values: dict[str, Value] = {
            "id": f"D{number + 1:05}",
            "title": f"{random.choice(words.PROJECTS)} {number + 1}".capitalize(),
            "company_ref": contact.values["company_ref"],
            "contact_ref": contact.id,
            "pipeline": pipeline,
            "stage": stage,
            "status": status,
            "value": money(random, 80_000),
            "currency": random.choices(("EUR", "USD", "CHF"), (6, 2, 1))[0],
            "owner": owner(random, world),
            "probability": probability if status == OPEN else None,
            "close_date": (opened + timedelta(days=random.randrange(20, 400))).date(),
            "created_at": opened,
            "lost_reason": random.choice(words.LOST_REASONS) if status == LOST else None,
            "review_date": moment(random).date() if random.random() < 0.3 else None,
            "deposit": money(random, 4_000) if random.random() < 0.25 else None,
            "rivals": tuple(random.sample(("Brightwater", "Nordhaus", "Pell & Pell"), random.randrange(3))),
        }
        rows.append(Row("deals", str(values["id"]), values))
    return rows
