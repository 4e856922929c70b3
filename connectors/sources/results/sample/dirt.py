"""What years of use do to a CRM. Every kind of damage is written down beside the row it hits: that is the truth of the sample."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from . import words
from .hanging_dirt import soil_hanging
from .rows import Row, Victims, World
from .world import UNREFERRED

NOBODY = ("Former Staff", "import-job", "gone.rep@vendor.example")
NAMED_BY = {"companies": "name", "contacts": "last_name", "deals": "title", "products": "name", "activities": "subject"}
TWIN_FORMS = ("www", "case", "scheme", "slash", "path", "port")
# Damage to the text that names a record: code -> how the cell reads. Only the last two change what is meant.
NAME_DAMAGE = {
    "formula_text": '=HYPERLINK("http://evil.example","{0}")',
    "html": "{0} <script>alert('hello')</script>",
    "emoji": "{0} 🌻🚚",
    "delimiters": '{0}; "the first", one|two\tthree',
    "overlong": "{0}" + " with all its branches and depots" * 10,
    "blanks_around": "  {0} \n",
    "nul": "{0}\x00",
}


def soil(random: Random, world: World, *, narrow: bool, text: bool, ids: bool, companies: bool) -> None:
    """`narrow`: the files cannot hold signs outside Western Europe; `text`: they are text files, not workbooks; `ids`: rows carry ids;
    `companies`: they have a file of their own, so that a deal can name one that is not in it."""
    if not narrow:
        _wide_text(random, world)
    victims = {name: Victims(_free(name, rows), random) for name, rows in world.rows.items()}
    _orphans(world, victims["deals"], unknown_companies=companies)
    _owners(random, world, victims)
    _twin_companies(world, victims["companies"])
    _twin_contacts(victims["contacts"], world)
    left_out = ({"emoji"} if narrow else set()) | (set() if text else {"nul"})
    for name, field in (
        ("companies", "name"),
        ("contacts", "last_name"),
        ("deals", "title"),
        ("products", "name"),
        ("activities", "subject"),
    ):
        _names(victims[name], field, left_out)
    _contact_cells(victims["contacts"])
    _deal_cells(victims["deals"], titles=ids)
    soil_hanging(world, victims)
    for name in ("companies", "contacts", "deals", "activities"):
        for row in victims[name].take(None if text else 0):
            row.surplus = ("see next page",)
            row.flag("warn", "extra_cells")
    _nameless(world)
    if ids:
        _repeated_ids(random, world, victims)


def _free(name: str, rows: list[Row]) -> list[Row]:
    return rows[:-UNREFERRED] if name in {"companies", "contacts"} else rows


def _wide_text(random: Random, world: World) -> None:
    for name, field in (("companies", "remark"), ("activities", "body"), ("notes", "body")):
        for row in world.rows[name]:
            if random.random() < 0.15:
                row.values[field] = random.choice(words.WIDE_SENTENCES)
    for row in world.rows["contacts"]:
        if random.random() < 0.1:
            row.values["last_name"] = f"{random.choice(words.WIDE_LAST_NAMES)}-{row.text('last_name')}"


def _names(victims: Victims, field: str, left_out: set[str]) -> None:
    for code, shape in NAME_DAMAGE.items():
        for row in victims.take(0 if code in left_out else None):
            printed = shape.format(row.text(field))
            row.break_cell(field, printed, printed.replace("\x00", "").strip())
            row.flag("warn", code, field)


def _orphans(world: World, victims: Victims, *, unknown_companies: bool) -> None:
    homeless = [row for row in world.rows["contacts"][:-UNREFERRED] if not row.values["company_ref"]]
    kinds = ("no_company_contact_has_company", "no_company_contact_without_company", "no_company_no_contact")
    for kind in kinds:
        for row in victims.take(victims.share + 1):
            _orphan(world, row, kind)
            row.values["company_ref"] = None
            if kind.endswith("without_company"):
                row.values["contact_ref"] = homeless[len(world.orphans[kind]) % len(homeless)].id
            elif kind.endswith("no_contact"):
                row.values["contact_ref"] = None
    for kind in ("company_not_found_with_contact", "company_not_found_no_contact") if unknown_companies else ():
        for row in victims.take():
            _orphan(world, row, kind)
            row.break_cell("company_ref", f"C9{row.id[-4:]}")
            row.flag("decide", "unknown_company", "company_ref")
            if kind.endswith("no_contact"):
                row.values["contact_ref"] = None


def _orphan(world: World, row: Row, kind: str) -> None:
    world.orphans.setdefault(kind, []).append(row.id)
    row.flag("decide", kind, "company_ref")


def _owners(random: Random, world: World, victims: dict[str, Victims]) -> None:
    for name, field in (("companies", "owner"), ("contacts", "owner"), ("deals", "owner"), ("activities", "owner"), ("notes", "author")):
        for row in victims[name].take():
            row.values[field] = random.choice(NOBODY)
            row.flag("decide", "unknown_owner", field)
    namesake = world.rows["users"][-1].text("name")
    for row in victims["deals"].take(1):
        row.values["owner"] = namesake
        row.flag("decide", "ambiguous_owner", "owner")


def _twin_companies(world: World, victims: Victims) -> None:
    """One company entered twice under one website, written differently; and a daughter on a subdomain, which may be another firm."""
    for number, (first, twin) in enumerate(_pairs(victims, max(3, victims.share * 4))):
        domain, form = _domain(first), TWIN_FORMS[number % len(TWIN_FORMS)]
        forms = {"www": f"www.{domain}", "case": domain.upper(), "scheme": f"http://{domain}", "slash": f"{domain}/"}
        forms |= {"path": f"{domain}/about", "port": f"https://{domain}:443"}
        twin.values["website"] = forms[form]
        twin.values["name"] = " ".join([*first.text("name").split()[:2], "Group"])
        world.company_twins.append((domain, [first.id, twin.id], ["base", form]))
    for mother, daughter in _pairs(victims, 1):
        daughter.values["website"] = f"https://shop.{_domain(mother)}"
        world.company_subdomains.append((_domain(mother), [mother.id, daughter.id]))


def _domain(company: Row) -> str:
    return company.text("website").removeprefix("https://www.")


def _pairs(victims: Victims, count: int, where: Callable[[Row], bool] = lambda row: True) -> list[tuple[Row, Row]]:
    """The one that stands first in the file comes first."""
    taken = victims.take(2 * count, where)
    return [(min(pair, key=_id), max(pair, key=_id)) for pair in zip(taken[::2], taken[1::2], strict=False)]


def _id(row: Row) -> str:
    return row.id


def _twin_contacts(victims: Victims, world: World) -> None:
    """One person entered twice under one address, and two people who share a mailbox."""
    forms = {"exact": "{0}", "case": "{0}", "space": " {0}  "}
    for number, (first, twin) in enumerate(_pairs(victims, max(3, victims.share * 3), _has_company)):
        kind, email = tuple(forms)[number % 3], first.text("email")
        printed = forms[kind].format(email.upper() if kind == "case" else email)
        twin.break_cell("email", printed, printed.strip())
        twin.values |= {"first_name": f"{first.text('first_name')[0]}.", "last_name": first.values["last_name"]}
        world.contact_twins.append((email, [first.id, twin.id], ["base", kind]))
    for first, second in _pairs(victims, 1, _has_company):
        shared = f"office@{first.text('email').partition('@')[2]}"
        first.values["email"] = second.values["email"] = shared
        world.contact_twins.append((shared, [first.id, second.id], ["base", "shared"]))


def _has_company(row: Row) -> bool:
    return bool(row.values["company_ref"])


def _contact_cells(victims: Victims) -> None:
    for code, field, printed in (
        ("invalid_email", "email", "please ask"),
        ("bad_phone", "phone", "see business card"),
        ("bad_date", "birthday", "00/00/0000"),
        ("bad_number", "badge_number", "about 40"),
        ("unknown_option", "greeting", "Royal"),
        ("no_email", "email", ""),
    ):
        for row in victims.take():
            row.break_cell(field, printed)
            row.flag("warn", code, field)


def _deal_cells(victims: Victims, *, titles: bool) -> None:
    for row in victims.take():
        row.break_cell("value", "to be agreed")
        row.flag("decide", "bad_amount", "value")
    for row in victims.take():
        row.values["value"] = Decimal("-480.50")
        row.flag("warn", "negative_amount", "value")
    for row in victims.take():
        row.break_cell("stage", "Phase 0 (old)")
        row.flag("decide", "unknown_stage", "stage")
    for row in victims.take(where=lambda row: row.values["pipeline"] == "New business"):
        row.break_cell("stage", "Confirmed")
        row.flag("decide", "stage_of_other_pipeline", "stage")
    for row in victims.take(None if titles else 0):  # without ids the title is what others refer to
        row.values["title"] = None
        row.flag("decide", "no_title", "title")


def _nameless(world: World) -> None:
    """Rows without a name: one that its website or e-mail still names, one that nothing does. Nothing refers to them."""
    company, known_company = world.rows["companies"][-2:]
    contact, known_contact = world.rows["contacts"][-2:]
    for row, fields in ((company, ("name", "website")), (contact, ("first_name", "last_name", "email"))):
        row.values |= dict.fromkeys(fields)
        row.flag("reject", "no_name", "name" if row is company else "last_name")
    contact.values["company_ref"] = None
    known_company.values["name"] = None
    known_company.flag("warn", "no_name_has_domain", "name")
    known_contact.values |= {"first_name": None, "last_name": None}
    known_contact.flag("warn", "no_name_has_email", "last_name")


def _repeated_ids(random: Random, world: World, victims: dict[str, Victims]) -> None:
    changed = {"companies": {"city": "Elsewhere"}, "contacts": {"title": "Retired"}, "deals": {"currency": "GBP"}}
    for name in ("companies", "contacts", "deals", "activities", "line_items"):
        for row in victims[name].take(1):
            _after(world.rows[name], row, row.repeated("identical"))
    for name, values in changed.items():
        for row in victims[name].take(1):
            _after(world.rows[name], row, row.repeated("conflict", **values))


def _after(rows: list[Row], row: Row, copy: Row) -> None:
    rows.insert(rows.index(row) + 1, copy)
