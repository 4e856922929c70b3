"""What an account of Pipedrive already holds before anything moves: people, fields, records, and names that meet those of the map."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import PipedriveAccount, SchemaChange, require
from migrations_app.rules.kinds_of_record import many
from migrations_app.rules.plans import PLANS
from migrations_app.rules.transforms.people import email_key
from migrations_app.services import clock, connecting, prepare, proposing, schema
from migrations_app.services.needs import wanted
from migrations_app.services.references import fold
from migrations_app.states import SchemaState

COUNTED = ("organization", "person", "deal")
NAMED_AT_MOST = 200
Progress = Callable[[str], None]


def look(account: PipedriveAccount, *, user: Any, progress: Progress = lambda text: None) -> dict[str, Any]:
    """Read the account and keep what was found: 10 tokens for 500 records, about 110 for the rest. Sends nothing.

    Raises Forbidden and the client's errors.
    """
    require(user, "verify", account.project)
    client = connecting.client_for(account)
    try:
        connecting.recheck(account, client)
        progress("reading fields, stages and users")
        if mapping := proposing.approved(account.project):
            prepare.compare(account, client, wanted(account.project, mapping))
        else:
            schema.read_schema(account, client)
        account.holdings = _records(client, progress) | {"tokens": client.door.spent, "read_at": clock.db_now().isoformat()}
        account.save(update_fields=["holdings"])
    finally:
        connecting.note_spend(account, client.door.spent)
    return shown(account)


def _records(client: Pipedrive, progress: Progress) -> dict[str, Any]:
    """How many records there are, and whose deals are open. The addresses of persons without one are not kept."""
    counts = dict.fromkeys(COUNTED, 0)
    with_open_deal: set[int] = set()
    with_deal: set[int] = set()
    open_deals = 0
    for page in client.pages("deal"):
        counts["deal"] += len(page)
        running = [deal for deal in page if deal.get("status") == "open"]
        open_deals += len(running)
        with_deal |= {int(deal["org_id"]) for deal in page if deal.get("org_id")}
        with_open_deal |= {int(deal["person_id"]) for deal in running if deal.get("person_id")}
        progress(f"{counts['deal']:,} deals read")
    emails: set[str] = set()
    for page in client.pages("person"):
        counts["person"] += len(page)
        for person in page:
            if person["id"] in with_open_deal:
                emails |= {key for each in person.get("emails") or () if (key := email_key(str(each.get("value") or "")))}
        progress(f"{counts['person']:,} persons read")
    names: set[str] = set()
    for page in client.pages("organization"):
        counts["organization"] += len(page)
        names |= {fold(str(each.get("name") or "")) for each in page if each["id"] in with_deal}
    kept = {"emails_with_open_deals": sorted(emails), "organizations_with_deals": sorted(names - {""})}
    return {"records": counts, "open_deals": open_deals} | kept


def shown(account: PipedriveAccount) -> dict[str, Any]:
    """What was found when the account was looked at last; without records where nobody has looked yet."""
    found, plan = account.holdings, PLANS[account.plan]
    users = [user for user in account.schema.get("users", []) if user["active"]]
    fields = {entity: sum(each["custom"] for each in some) for entity, some in account.schema.get("fields", {}).items()}
    return {
        "role": account.role,
        "company": account.company_name,
        "plan": account.plan,
        "seats": account.seats,
        "read_at": found.get("read_at", ""),
        "records": found.get("records", {}),
        "open_deals": found.get("open_deals", 0),
        "persons_with_open_deals": len(found.get("emails_with_open_deals", ())),
        "users": [{"name": user["name"], "email": user["email"], "admin": user["admin"]} for user in users],
        "custom_fields": fields,
        "most_custom_fields": plan.custom_fields,
        "most_deals": plan.most_deals(account.seats),
        "pipelines": [each["name"] for each in account.schema.get("pipelines", [])],
        "activity_types": [each["name"] for each in account.schema.get("activity_types", [])],
        "collisions": collisions(account),
    }


def in_words(found: Mapping[str, Any]) -> str:
    counted = ", ".join(f"{count:,} {many(entity)}" for entity, count in found["records"].items())
    met = f"{len(found['collisions']):,} names of the map are there already."
    return f"{found['company']} holds {counted}; {found['open_deals']:,} deals are open. {met} It stands under Both sides."


def collisions(account: PipedriveAccount) -> list[dict[str, str]]:
    """Names of the map that the account has already: taken as they are, or asked about where they may mean something else."""
    met = SchemaChange.objects.filter(account=account, kind__in=("field", "pipeline", "stage", "type"))
    asked = met.filter(state=SchemaState.ASKED)
    there = met.filter(state=SchemaState.DONE, found=True)
    told = [*((each, "waits for an answer") for each in asked), *((each, "taken as it is") for each in there)]
    return [{"kind": each.kind, "parent": each.parent, "name": each.name, "answer": answer} for each, answer in told[:NAMED_AT_MOST]]
