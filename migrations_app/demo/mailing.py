"""A second project, out of Net-Results, left where the customer's admin has decisions to make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.sources.net_results.sample import write_sample
from migrations_app.demo.people import ADMIN, ANNA, CARL, join
from migrations_app.models import Project

CUSTOMER = "Birchwood Letters"
SLUG = "birchwood-letters"
Verb = Callable[..., dict[str, Any]]


def walk_to_decisions(folder: Path, contacts: int, verb: Verb) -> None:
    """From the export to the first audit; `verb(name, by, *arguments)` does one step. Where it has been done, nothing happens."""
    if Project.objects.filter(slug=SLUG, audit__isnull=False).exists():
        return
    package = folder / "mailing"
    write_sample(package, contacts=contacts)
    if not Project.objects.filter(slug=SLUG).exists():
        places = ("--timezone", "Europe/Berlin", "--country", "DE", "--currency", "EUR")
        verb("new", ADMIN, CUSTOMER, "--source", "net-results", "--slug", SLUG, *places)
    join(Project.objects.get(slug=SLUG))
    verb("intake", CARL, SLUG, str(package))
    verb("propose", CARL, SLUG)
    verb("approve", ANNA, SLUG)
    verb("audit", CARL, SLUG)
