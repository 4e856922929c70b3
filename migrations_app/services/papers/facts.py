"""What papers draw on, each thing read once however many papers are written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from connectors.sources import registry
from connectors.sources.spec import SourceSystem
from migrations_app.models import (
    Approval,
    Audit,
    Confirmation,
    FieldRule,
    Finding,
    Firm,
    Phase,
    PipedriveAccount,
    Project,
    Run,
    SourceField,
    SourceTable,
    Upload,
)
from migrations_app.models import Mapping as FieldMap
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.propose import DEFINITIONS
from migrations_app.services import estimate, losses, rows, verifying
from migrations_app.services.loss import Loss
from migrations_app.services.losses import READ_OTHERWISE
from migrations_app.services.papers import document as parts
from migrations_app.services.papers.words import Words
from migrations_app.services.wording import plain, told
from migrations_app.states import RunState, UploadState
from migrations_app.verbs import PARTS, open_counts

EXAMPLES = 3


@dataclass(slots=True)
class ColumnFacts:
    """One column of one object over all its files in force."""

    object: str
    name: str
    rule: FieldRule | None
    type: str = ""
    role: str = ""
    rows: int = 0
    filled: int = 0
    distinct: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def fill_rate(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    @property
    def read(self) -> bool:
        """Whether its values count for something in Pipedrive, be it only in telling what another column means."""
        return self.moves or self.role in READ_OTHERWISE or bool(self.rule and self.rule.transform)

    @property
    def moves(self) -> bool:
        return self.rule is not None and bool(self.rule.field)


class Facts:
    """One project as it stands. With `counts` (rows by object, typed in) those stand instead of what was counted."""

    def __init__(self, project: Project, *, counts: Mapping[str, int] | None = None) -> None:
        self.project = project
        self.typed = counts

    # --- the customer, the firm ------------------------------------------------------------------------------------

    @cached_property
    def words(self) -> Words:
        project = self.project
        return Words(language=project.setting("locale") or "", country=project.country, timezone=project.timezone)

    @cached_property
    def firm(self) -> Firm:
        return Firm.ours()

    @cached_property
    def source(self) -> SourceSystem:
        return registry.get_source(self.project.source)

    def label(self, object: str) -> str:
        """An object as the source calls it: `Companies`, `Line items`; what belongs to no object is about all of it."""
        if not object:
            return told("Everything")
        known = self.source.by_name.get(object)
        return told(known.label) if known else told(plain(object).capitalize())

    def document(self, title: str, about: str, sections: list[parts.Section]) -> parts.Document:
        firm = self.firm
        head = parts.Letterhead(firm.name, firm.address, firm.contact, bytes(firm.logo), firm.logo_type)
        return parts.Document(title, about, self.project.name, sections, self.words, timezone.now(), head, firm.currency)

    # --- exports ---------------------------------------------------------------------------------------------------

    @cached_property
    def force(self) -> dict[str, list[SourceTable]]:
        return rows.tables_in_force(self.project)

    @cached_property
    def rows(self) -> dict[str, int]:
        """{object: rows in force}."""
        return {object: rows.count(tables) for object, tables in self.force.items()}

    @cached_property
    def uploads(self) -> list[Upload]:
        ready = Upload.objects.filter(project=self.project, state=UploadState.READY).exclude(kind=Upload.Kind.SAMPLE)
        return list(ready.select_related("uploaded_by").order_by("pk"))

    @cached_property
    def columns(self) -> dict[str, list[ColumnFacts]]:
        """{object: its columns in order, those of one header in several files taken together}."""
        found: dict[str, dict[str, ColumnFacts]] = {object: {} for object in self.force}
        tables = {table.pk: table for each in self.force.values() for table in each}
        names = {pk: unique_headers(table.headers) for pk, table in tables.items()}
        for stored in SourceField.objects.filter(table__in=tables).order_by("table_id", "position"):
            object, name = tables[stored.table_id].object, names[stored.table_id][stored.position][:500]
            facts = found[object].get(name) or ColumnFacts(object, name, self.rules.get((object, name)), stored.type, stored.role)
            _take_in(facts, stored, tables[stored.table_id].staged)
            found[object][name] = facts
        return {object: list(each.values()) for object, each in found.items()}

    @cached_property
    def fields(self) -> dict[str, list[ColumnFacts]]:
        """The columns of each object, and what the map gathers for it from other files."""
        found = {object: list(columns) for object, columns in self.columns.items()}
        known = {(each.object, each.name) for columns in found.values() for each in columns}
        for place, rule in self.rules.items():
            if place not in known and rule.field and rule.object in found:
                found[rule.object].append(ColumnFacts(rule.object, rule.column, rule))
        return found

    @cached_property
    def gathered(self) -> dict[str, list[str]]:
        """{object whose rows only say something about others: labels of the fields in which that stands}."""
        return losses.gathered(self.mapping) if self.mapping else {}

    # --- map, findings, answers ------------------------------------------------------------------------------------

    @cached_property
    def mapping(self) -> FieldMap | None:
        return self.project.mappings.select_related("approved_by").order_by("-version").first()

    @cached_property
    def rules(self) -> dict[tuple[str, str], FieldRule]:
        """{(object, column): its rule in the newest map}."""
        stored = self.mapping.rules.select_related("edited_by") if self.mapping else ()
        return {(rule.object, rule.column): rule for rule in stored}

    @cached_property
    def moving(self) -> frozenset[str]:
        return frozenset(object for (object, _), rule in self.rules.items() if rule.field and object in self.force)

    @cached_property
    def kinds(self) -> list[str]:
        """Objects in force that are records, not definitions such as users and custom fields."""
        return [object for object in self.force if object not in DEFINITIONS]

    @cached_property
    def audit(self) -> Audit | None:
        return self.project.audit

    @cached_property
    def findings(self) -> list[Finding]:
        found = Finding.objects.filter(audit=self.project.audit_id, count__gt=0) if self.project.audit_id else Finding.objects.none()
        return sorted(found, key=lambda each: (_GRAVEST.index(Finding.Severity(each.severity)), each.object, -each.count))

    @cached_property
    def losses(self) -> list[Loss]:
        return losses.known_losses(self.project)

    @cached_property
    def waiting(self) -> dict[str, int]:
        """{queue: open items}."""
        return open_counts(self.project)

    @cached_property
    def tallies(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for part in PARTS.tallies:
            found |= part(self.project)
        return found

    # --- Pipedrive -------------------------------------------------------------------------------------------------

    @cached_property
    def accounts(self) -> list[PipedriveAccount]:
        """Production first."""
        return list(self.project.accounts.order_by("role"))

    @cached_property
    def expected(self) -> dict[str, int]:
        """{object: records to be made}."""
        if self.typed is not None:
            return dict(self.typed)
        return {object: count for object, count in estimate.expected_counts(self.project).items() if object in self.moving or count}

    @cached_property
    def estimate(self) -> dict[str, Any]:
        return estimate.estimate(self.project, counts=self.expected)

    @cached_property
    def records(self) -> int:
        return sum(self.expected.values())

    @cached_property
    def runs(self) -> list[Run]:
        """Oldest first, without those that were only planned."""
        stored = Run.objects.filter(project=self.project).exclude(state=RunState.PLANNING)
        return list(stored.select_related("account", "mapping", "started_by").order_by("pk"))

    @cached_property
    def approvals(self) -> list[Approval]:
        """What the customer signed or rejected, oldest first."""
        return list(self.project.approvals.select_related("by", "run__account").order_by("pk"))

    @cached_property
    def confirmations(self) -> list[Confirmation]:
        """Ticks of named persons that nobody took back by name, oldest first."""
        given = self.project.confirmations.filter(withdrawn_by__isnull=True)
        return list(given.select_related("by", "account").order_by("pk"))

    @cached_property
    def reports(self) -> dict[int, list[dict[str, Any]]]:
        """{run: figures of its phases}, as they were when a phase closed; a phase that is open is counted now."""
        found: dict[int, list[dict[str, Any]]] = {run.pk: [] for run in self.runs}
        runs = {run.pk: run for run in self.runs}
        for phase in Phase.objects.filter(run__in=runs).order_by("run_id", "position"):
            phase.run = runs[phase.run_id]
            figures = phase.report if "created" in phase.report else verifying.phase_counts(phase)
            found[phase.run_id].append(
                {
                    **figures,
                    "object": phase.entity,
                    "of": phase.object,
                    "state": phase.get_state_display(),
                    "verified_at": phase.verified_at,
                }
            )
        return found


_GRAVEST = [Finding.Severity.REJECT, Finding.Severity.DECIDE, Finding.Severity.WARN]


def _take_in(facts: ColumnFacts, stored: SourceField, staged: int) -> None:
    facts.rows += staged
    facts.filled += stored.filled
    facts.distinct = max(facts.distinct, stored.distinct)
    facts.type = facts.type or stored.type
    facts.role = facts.role or stored.role
    facts.examples += [text for text in _first(stored.profile) if text not in facts.examples][: EXAMPLES - len(facts.examples)]


def _first(profile: Mapping[str, Any]) -> Iterator[str]:
    for at, text in enumerate(profile.get("counts", {})):
        if at >= EXAMPLES:
            return
        yield text


def person(user: Any) -> str:
    """The name that a signature needs; where nobody has given one, what the person logs in with. Empty for nobody."""
    return (user.get_full_name() or user.get_username()) if user is not None else ""


def for_the_firm(facts: "Facts") -> str:
    """Where the firm signs."""
    return told("for {firm}", firm=facts.firm.name or told("the firm"))


def totals_in_words(words: Words, totals: Mapping[str, str]) -> str:
    """`12.300,00 €, 45,00 $`."""
    return ", ".join(words.money(Decimal(total), currency) for currency, total in totals.items() if len(currency) == 3)
