"""A seeded generator of Net-Results export packages: a made-up mailing list with real dirt, and the truth about it."""

import csv
import json
from pathlib import Path
from random import Random
from typing import Any

from .world import World, make_world

__all__ = ["write_sample"]

HEADERS: dict[str, tuple[str, ...]] = {
    "owners": ("Owner ID", "Owner Name", "Owner Email", "Active", "Role"),
    "companies": ("Company ID", "Company Name", "Domain", "Industry", "City", "Country", "Owner", "Created"),
    "contacts": (
        *("Contact ID", "First Name", "Last Name", "Email Address", "Company", "Owner", "Lead Status", "Lead Score", "Opt-in Date"),
        *("Source", "Lists", "Unsubscribed", "Bounced", "Role Name", "Created"),
    ),
    "campaigns": ("Campaign ID", "Campaign Name", "Campaign Type", "Status", "Start Date", "End Date"),
    "campaign_members": ("Campaign ID", "Contact ID", "Member Status", "Joined"),
    "email_sends": ("Event ID", "Contact ID", "Recipient", "Campaign ID", "Template ID", "Subject Line", "Event", "Timestamp"),
    "suppression": ("Email", "Reason", "Date Suppressed"),
    "templates": ("Template ID", "Template Name", "Subject Line", "HTML File", "Last Modified"),
}
FILES = {"suppression": "suppression_list", "email_sends": "email_sends"}


def write_sample(folder: Path, *, seed: int = 1, contacts: int = 200) -> dict[str, Any]:
    """Writes one package into `folder` (made if missing) and returns the truth about it; equal arguments give equal bytes."""
    world = make_world(Random(seed), contacts)
    folder.mkdir(parents=True, exist_ok=True)
    for name, headers in HEADERS.items():
        _write(folder / f"{FILES.get(name, name)}.csv", headers, world.rows[name])
    (folder / "workflows.json").write_text(json.dumps({"workflows": world.workflows}, ensure_ascii=False, indent=1), encoding="utf-8")
    for path, content in world.pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    return _tell(world, {"source": "net-results", "seed": seed, "contacts": contacts})


def _write(path: Path, headers: tuple[str, ...], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headers, *rows])


def _tell(world: World, made_with: dict[str, Any]) -> dict[str, Any]:
    return {
        "made_with": made_with,
        "counts": {name: {"rows": len(rows)} for name, rows in world.rows.items()} | {"workflows": {"rows": len(world.workflows)}},
        "owners": {"users": world.users},
        "same_contacts": world.same,
        "suppressed": world.suppressed,
        "unmatched": world.strangers,
        "memberships": {key: sorted(campaigns) for key, campaigns in world.memberships.items()},
        "without_company": world.without_company,
    }
