"""The people, companies, campaigns and mails of a made-up customer. Names of people and companies do not exist."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

FIRST = ("Anouk", "Birte", "Caspar", "Dunja", "Emeric", "Fenna", "Goran", "Hedda", "Ilko", "Jorun", "Kaspian", "Liesl")
LAST = ("Amsel", "Borowka", "Corvin", "Dahlgaard", "Eekhout", "Fjordby", "Grimaldo", "Holzer", "Iversund", "Jaromil", "Kestrin", "Løvdal")
TRADES = ("Lantern", "Orchard", "Quarry", "Harbour", "Weaver", "Juniper", "Copper", "Meadow", "Falcon", "Birch", "Saffron", "Tundra")
KINDS = ("Works", "Mills", "Supply", "Partners", "& Söhne", "Studio", "Logistics", "Instruments")
CAMPAIGNS = ("Spring letter", "Trade fair", "Price list", "Webinar on pumps", "Win-back <b>VIP</b>", "Autumn sale 🍂")
REASONS = ("Unsubscribed", "Hard Bounce", "Spam Complaint", "Manual", "opt-out")
LISTS = ("Newsletter", "Dealers", "Event guests")
STATUSES = ("Lead", "MQL", "SQL", "Customer")
TEMPLATE = (
    "<html><head><title>{subject}</title></head><body><p>Dear {{{{contact.first_name}}}} of {{{{company.name}}}},</p>"
    '<img src="https://images.old-mailer.example/{number}.png" alt=""><p>{{{{unsubscribe_url}}}}</p></body></html>'
)


@dataclass(slots=True)
class World:
    """`same` groups the ids of contacts that are one person, `suppressed` are ids of contacts, `strangers` addresses of nobody."""

    rows: dict[str, list[list[str]]] = field(default_factory=dict)
    users: list[dict[str, Any]] = field(default_factory=list)
    workflows: list[dict[str, Any]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    same: list[list[str]] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    memberships: dict[str, set[str]] = field(default_factory=dict)
    without_company: list[str] = field(default_factory=list)


def make_world(random: Random, contacts: int) -> World:
    world = World()
    _add_owners(world)
    _add_companies(random, world, max(3, contacts // 4))
    _add_contacts(random, world, contacts)
    _add_campaigns(random, world)
    _add_suppression(random, world)
    _add_templates(world)
    return world


def _add_owners(world: World) -> None:
    people = (("Meret Aldous", True), ("Toivo Brandell", True), ("Ysolde Carrick", False))
    world.users = [
        {"id": f"U-{n}", "name": name, "email": f"{name.split()[0].lower()}@mailhouse.example", "active": active}
        for n, (name, active) in enumerate(people, start=1)
    ]
    world.rows["owners"] = [[u["id"], u["name"], u["email"], "Yes" if u["active"] else "No", "Sales"] for u in world.users]


def _add_companies(random: Random, world: World, count: int) -> None:
    rows = [["A-0", "-", "", "", "", "", "", ""]]
    for number in range(1, count + 1):
        name = f"{TRADES[number % len(TRADES)]} {KINDS[number // len(TRADES) % len(KINDS)]} {number}"
        host = f"{name.split()[0].lower()}{number}.example"
        shown = "" if number % 17 == 0 else name
        owner = random.choice(world.users)["email"]
        rows.append(
            [f"A-{number}", shown, host, random.choice(("Software", "Retail", "Energy")), "Uferstadt", "Germany", owner, _day(random)]
        )
    world.rows["companies"] = rows


def _add_contacts(random: Random, world: World, count: int) -> None:
    rows: list[list[str]] = []
    companies = [row for row in world.rows["companies"][1:] if row[1]]
    for number in range(1, count + 1):
        if rows and number % 11 == 0:
            rows.append(_again(random, world, rows, f"P-{number}"))
            continue
        key, first, last = f"P-{number}", random.choice(FIRST), f"{random.choice(LAST)} {number}"
        company = random.choice(companies)
        has_company = number % 9 != 0
        if not has_company:
            world.without_company.append(key)
        email = f"{first.lower()}.{number}@{company[2] if has_company else 'freemail.example'}"
        lists = "; ".join(sorted(random.sample(LISTS, random.randrange(3))))
        state = "Yes" if number % 23 == 0 else "No"
        if state == "Yes":
            world.suppressed.append(key)
        row = [key, first, last, email, company[1] if has_company else "-", random.choice(world.users)["name"], random.choice(STATUSES)]
        rows.append([*row, str(random.randrange(100)), _day(random), "Web form", lists, state, "No", "U.S. Sales", _day(random)])
    world.rows["contacts"] = rows


def _again(random: Random, world: World, rows: list[list[str]], key: str) -> list[str]:
    """The same person under a second id, the address in other letters: one contact for each campaign, as old exports have it."""
    first = random.choice([row for row in rows if not any(row[0] in group for group in world.same) and row[11] == "No"])
    world.same.append([first[0], key])
    return [key, *first[1:3], first[3].upper(), *first[4:]]


def _add_campaigns(random: Random, world: World) -> None:
    world.rows["campaigns"] = [
        [f"K-{n}", name, random.choice(("Drip", "Newsletter")), "Finished", f"2024-{n:02}-01", f"2024-{n:02}-28"]
        for n, name in enumerate(CAMPAIGNS, start=1)
    ]
    members: list[list[str]] = []
    events: list[list[str]] = []
    for contact in world.rows["contacts"]:
        mine = random.sample(range(1, len(CAMPAIGNS) + 1), random.randrange(1, 4))
        world.memberships[contact[0]] = {f"K-{n}" for n in mine}
        for n in sorted(mine):
            members.append([f"K-{n}", contact[0], random.choice(("Sent", "Responded")), f"2024-{n:02}-02 08:00:00"])
            for at, event in enumerate(("Sent", "Delivered", "Opened", "Clicked")[: random.randrange(1, 5)]):
                when = f"2024-{n:02}-03 {9 + at:02}:15:00"
                events.append([f"E-{len(events) + 1}", contact[0], contact[3], f"K-{n}", f"T-{n}", f"News {n}", event, when])
    world.rows["campaign_members"], world.rows["email_sends"] = members, events


def _add_suppression(random: Random, world: World) -> None:
    rows = []
    grouped = {key: group for group in world.same for key in group}
    for contact in world.rows["contacts"][::13]:
        rows.append([contact[3], random.choice(REASONS), _day(random)])
        world.suppressed += [key for key in grouped.get(contact[0], [contact[0]]) if key not in world.suppressed]
    world.strangers = [f"stranger{n}@elsewhere.example" for n in range(4)]
    world.rows["suppression"] = rows + [[address, "Unsubscribed", _day(random)] for address in world.strangers]


def _add_templates(world: World) -> None:
    names = [f"Layout {n}" for n in range(1, 4)]
    world.rows["templates"] = [
        [f"T-{n}", name, f"News {n} for {{{{contact.first_name}}}}", f"templates/T-{n}.html", f"2024-0{n}-01 10:00:00"]
        for n, name in enumerate(names, start=1)
    ]
    world.pages = {f"templates/T-{n}.html": TEMPLATE.format(subject=name, number=n) for n, name in enumerate(names, start=1)}
    steps = (["send e-mail", "wait 3 days", "add to campaign Price list"], ["notify owner", "change score"])
    world.workflows = [
        {"Workflow ID": f"W-{n}", "Workflow Name": f"Flow {n}", "Trigger": "form submitted", "Conditions": [], "Steps": some}
        | {"Step Count": len(some), "Enrolled Contacts": 10 * n, "Active": True}
        for n, some in enumerate(steps, start=1)
    ]


def _day(random: Random) -> str:
    return f"{random.randrange(2020, 2025)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
