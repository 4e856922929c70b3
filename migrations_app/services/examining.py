"""What a row can only show beside the others: who it points to, whether it is there twice, who owns it, which stage it means."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from sys import intern
from typing import Any

from rapidfuzz import process

from migrations_app.models import Mapping as FieldMap
from migrations_app.models import Project, RecordLink, SourceTable
from migrations_app.rules import suggest
from migrations_app.rules.calls import is_done_call
from migrations_app.rules.keys import clean
from migrations_app.rules.overdue import OldTasks
from migrations_app.rules.shapes.activities import DISPOSITION
from migrations_app.rules.spec import Draft, Issue
from migrations_app.services import asked, customers, hanging, line_values, policies, quickbooks, rows
from migrations_app.services.evidence import Evidence, OrphanFacts, OwnerFacts, QuickBooksFacts
from migrations_app.services.owners import OwnerIndex, is_open
from migrations_app.services.references import COMPANY_ROLES, CONTACT_ROLES, EMAIL_ROLES, NAME_ROLES, CompanyNames, ReferenceIndex, fold
from migrations_app.services.stages import StageIndex
from migrations_app.services.staging import chunks
from migrations_app.services.twins import TwinFinder

OWNER_ROLES = ("owner", "owner_email", "author")
CLOSING = ("deals", "activities")  # what is open until somebody closes it
OWNED = ("companies", "contacts", "deals", "activities")  # what has to have an owner
AT_ONCE = 500
ALIKE = 86.0
NAMES_COMPARED = 50_000  # beyond that a look for a similar name costs more than it helps


class Examiner:
    """Collects over one audit. Companies come first, then contacts, deals and the rest: each can point to what came before."""

    def __init__(self, project: Project, force: Mapping[str, list[SourceTable]], owners: OwnerIndex, map: FieldMap | None = None) -> None:
        self.project = project
        self.force = force
        self.owners = owners
        self.stages = StageIndex(project, map)
        self.indexes = {object: ReferenceIndex(object) for object in hanging.PARENTS}
        for index in self.indexes.values():
            index.know(RecordLink.objects.filter(account__project=project))
        self.twins = {"companies": TwinFinder("companies"), "contacts": TwinFinder("contacts")}
        self.questions = asked.Collector(project, self.stages)
        # whoever nobody can point to costs no memory: half a million contacts without deals are a mailing list
        self._pointed_to = hanging.pointed_to(force)
        self._hanging = hanging.Hanging(project, force, self.indexes)
        self._values = line_values.Collector()
        self._layouts: dict[int, list[tuple[int, str]]] = {}
        self._contact_company: dict[str, str] = {}
        self._called = CompanyNames()
        self._owner_rows: dict[str, Counter[str]] = {}
        self._owner_text: dict[str, str] = {}
        self._owner_open: defaultdict[str, Counter[bool]] = defaultdict(Counter)
        self._again: list[tuple[str, rows.SourceRow]] = []
        self._orphans: list[OrphanFacts] = []
        self._quickbooks: list[QuickBooksFacts] = []
        self.customers = customers.read(project, force)
        self.without_owner = self.late_activities = self.done_calls = 0
        self._old_tasks = OldTasks(policies.value(project, "old_tasks"), policies.value(project, "old_tasks_days"), "")
        self._company_names: dict[str, str] = {}

    # --- row by row ----------------------------------------------------------------------------------------------------

    def look(self, object: str, row: rows.SourceRow, draft: Draft) -> list[Issue]:
        """All issues of one row, those of its draft included. Rows that repeat an id wait for `repeats`."""
        layout = self._layouts.get(row.table.pk) or self._layouts.setdefault(row.table.pk, list(row.table.roles_by_position().items()))
        cells = {role: clean(row.cells[at]) for at, role in layout}
        owner = next((cells[role] for role in OWNER_ROLES if cells.get(role)), "")
        if row.occurrence:
            self._again.append((object, row))
            return []
        issues = list(draft.issues)
        if owner and object in CLOSING:
            self._owner_open[owner][is_open(draft)] += 1
        issues += self._owner(object, owner, "author" if cells.get("author") == owner else "owner")
        rejected = any(issue.severity == "reject" for issue in issues)
        self.without_owner += object in OWNED and not owner and not rejected
        self.late_activities += object == "activities" and self._old_tasks.overdue(draft.values, row.table.upload.created_at.date())
        self.done_calls += object == "activities" and not rejected and is_done_call(draft, cells.get(DISPOSITION, ""))
        if object in self.indexes and not rejected:
            self._remember(object, row, cells)
        if not rejected:
            self._quickbooks += quickbooks.facts_of(self.project, object, row, {**cells, **self.customers.said(object, row.key)})
        if object == "contacts" and not rejected:
            issues += self._contact(row, cells)
        if object == "deals":
            issues += self._deal(row, cells, draft)
        if object == "line_items" and not rejected:
            self._values.line(self.indexes["deals"].resolve_any(cells.get(role, "") for role in hanging.DEAL_ROLES)[0], draft)
        issues += self._hanging.look(object, cells)
        for issue in issues:
            self.questions.add(object, row, cells, issue)
        return issues

    def pass_over(self, object: str, row: rows.SourceRow) -> None:
        """A row that people leave out: others can still point to it, and that is all."""
        cells = {role: clean(row.cells[at]) for at, role in row.table.roles_by_position().items()}
        self._point_to(object, row, cells)
        if object == "contacts":
            list(self._contact(row, cells))

    def count_owners(self, object: str, tables: Iterable[SourceTable]) -> None:
        """The owners of an object that is not in scope yet: they are listed with the others."""
        for table in tables:
            at = next((position for role in OWNER_ROLES if (position := table.position_of(role)) is not None), -1)
            for row in rows.stream([table]) if at >= 0 else ():
                if not row.occurrence:
                    self._count_owner(object, clean(row.cells[at]))

    def repeats(self, least: int = AT_ONCE) -> Iterator[tuple[str, rows.SourceRow, Issue]]:
        """Rows that repeat an id, once so many of them wait: the same again, or something else under the same id."""
        if len(self._again) < least:
            return
        for object in dict.fromkeys(object for object, _ in self._again):
            some = [row for each, row in self._again if each == object]
            first = rows.by_key(self.force[object], {row.key for row in some})
            for row in some:
                issue = _repeated(row, first[row.key])
                self.questions.repeated(object, row, first[row.key], issue)
                yield object, row, issue
        self._again.clear()

    def finish(self) -> Iterator[tuple[str, rows.SourceRow, Issue]]:
        """What only shows at the end, and the repeated rows that are left."""
        yield from self.repeats(1)
        yield from self._hanging.finish()
        yield from self.customers.issues()

    def evidence(self) -> Evidence:
        clusters = [cluster for object, finder in self.twins.items() for cluster in finder.clusters(self.force.get(object, []))]
        values = list(self._values.facts())
        questions = [*self.questions.facts(), *self.customers.questions()]
        return Evidence(self._with_labels(), self._owner_facts(), clusters, questions, self._quickbooks, values)

    def _with_labels(self) -> list[OrphanFacts]:
        """People decide by names: those of the contacts and companies that the deals could go to."""
        contacts = self._labels("contacts", {facts.contact_key for facts in self._orphans})
        companies = self._labels("companies", {key for facts in self._orphans for key in (facts.contact_company_key, facts.similar_key)})
        return [
            replace(
                facts,
                contact_label=contacts.get(facts.contact_key, facts.contact_label),
                contact_company_label=companies.get(facts.contact_company_key, facts.contact_company_label),
                similar_label=companies.get(facts.similar_key, facts.similar_label),
            )
            for facts in self._orphans
        ]

    def _labels(self, object: str, keys: set[str]) -> dict[str, str]:
        labels: dict[str, str] = {}
        for some in chunks(sorted(keys - {""}), AT_ONCE):
            labels |= {key: row.label for key, row in rows.by_key(self.force.get(object, []), some).items() if row.label}
        return labels

    # --- owners --------------------------------------------------------------------------------------------------------

    def _count_owner(self, object: str, text: str) -> None:
        if text:
            self._owner_text.setdefault(text, fold(text))
            self._owner_rows.setdefault(text, Counter())[object] += 1

    def _owner(self, object: str, text: str, role: str) -> Iterator[Issue]:
        self._count_owner(object, text)
        if not text:
            return
        candidates = self.owners.candidates(text)
        if not candidates:
            yield Issue("unknown_owner", "decide", role, text, "Nobody among the users of the source is called that.")
        elif len(candidates) > 1:
            yield Issue("ambiguous_owner", "decide", role, text, f"{len(candidates)} users are called that: {', '.join(candidates)}.")

    def _owner_facts(self) -> list[OwnerFacts]:
        facts = []
        for text, by_object in sorted(self._owner_rows.items()):
            candidates = self.owners.candidates(text)
            email = candidates[0] if len(candidates) == 1 else ""
            known = text, self._owner_text[text], dict(by_object), email, candidates, self.owners.is_active(email)
            facts.append(OwnerFacts(*known, self._owner_open[text][True], self._owner_open[text][False]))
        return facts

    # --- companies and contacts ------------------------------------------------------------------------------------------

    def _point_to(self, object: str, row: rows.SourceRow, cells: Mapping[str, str]) -> None:
        names = [" ".join(cells[role] for role in roles) for roles in NAME_ROLES.get(object, ()) if all(role in cells for role in roles)]
        if object in self._pointed_to:
            self.indexes[object].add(row.key, names, [cells[role] for role in EMAIL_ROLES.get(object, ()) if role in cells])

    def _remember(self, object: str, row: rows.SourceRow, cells: Mapping[str, str]) -> None:
        self._point_to(object, row, cells)
        if object in self.twins:
            self.twins[object].add(row.key, cells)
        if object == "companies" and len(self._company_names) < NAMES_COMPARED:
            self._company_names[row.key] = fold(cells.get("name", ""))

    def _contact(self, row: rows.SourceRow, cells: Mapping[str, str]) -> Iterator[Issue]:
        text = cells.get("company_ref") or cells.get("company_name", "")
        if not text:
            return
        key, why = self._company(cells)
        if key and "contacts" in self._pointed_to:
            self._contact_company[row.key] = key
        elif not key and "companies" in self.force:
            yield Issue("unknown_company", "decide", "company_ref", text, _why(why, "company"))

    def _company(self, cells: Mapping[str, str]) -> tuple[str, str]:
        """The company of a row: by its reference, else by the name beside it; without a company file, the text stands for itself."""
        if "companies" not in self.force:
            return intern(f"text:{fold(self._company_text(cells))}"), ""
        return self.indexes["companies"].resolve_any(cells.get(role, "") for role in COMPANY_ROLES)

    def _company_text(self, cells: Mapping[str, str]) -> str:
        return self._called.learn(cells.get("company_ref", ""), cells.get("company_name", ""))

    # --- deals -----------------------------------------------------------------------------------------------------------

    def _deal(self, row: rows.SourceRow, cells: Mapping[str, str], draft: Draft) -> Iterator[Issue]:
        if draft.skip:
            return
        if "line_items" in self.force:
            self._values.deal(row, draft)
        if not draft.is_project:
            yield from self._stage(cells)
        contact_text = next((cells[role] for role in CONTACT_ROLES if cells.get(role)), "")
        contact, why = self.indexes["contacts"].resolve_any(cells.get(role, "") for role in CONTACT_ROLES)
        if contact_text and not contact:
            yield Issue("unknown_contact", "warn", "contact_ref", contact_text, _why(why, "contact"))
        text = cells.get("company_ref") or cells.get("company_name", "")
        company, why = self._company(cells) if text else ("", "")
        if text and not company:
            yield Issue("unknown_company", "decide", "company_ref", text, _why(why, "company"))
        kind = suggest.orphan_kind(text, bool(company), bool(contact), self._contact_company.get(contact, ""))
        if kind:
            yield Issue(kind, "decide", "company_ref", text, _ORPHAN_MESSAGES[kind])
            self._orphans.append(self._orphan(row, cells, draft, kind, self._company_text(cells), contact))

    def _stage(self, cells: Mapping[str, str]) -> Iterator[Issue]:
        pipeline, stage = cells.get("pipeline", ""), cells.get("stage", "")
        if not stage or self.stages.find(pipeline, stage):
            return
        if elsewhere := self.stages.elsewhere(stage):
            where = ", ".join(sorted({each.pipeline for each in elsewhere}))
            yield Issue("stage_of_other_pipeline", "decide", "stage", stage, f"{pipeline} has no such stage; it belongs to {where}.")
        else:
            yield Issue("unknown_stage", "decide", "stage", stage, "No pipeline of the source has a stage of that name.")

    def _orphan(self, row: rows.SourceRow, cells: Mapping[str, str], draft: Draft, kind: str, text: str, contact: str) -> OrphanFacts:
        similar, likeness = self._similar(text)
        contact_company = self._contact_company.get(contact, "")
        return OrphanFacts(
            key=row.key,
            label=row.label,
            kind=kind,
            company_text=text,
            contact_key=contact,
            contact_label=cells.get("contact_name", "") or contact,
            contact_company_key="" if contact_company.startswith("text:") else contact_company,
            contact_company_label=self._company_names.get(contact_company, contact_company.removeprefix("text:")),
            similar_key=similar,
            similar_label=self._company_names.get(similar, ""),
            similarity=likeness,
            status=str(draft.values.get("status", "open")),
            value=str(draft.values.get("value", "")),
            currency=str(draft.values.get("currency", "")),
            pipeline=cells.get("pipeline", ""),
            owner_text=cells.get("owner", ""),
            line=row.line,
        )

    def _similar(self, text: str) -> tuple[str, float]:
        if not text or suggest.is_bare_id(text) or not self._company_names:
            return "", 0.0
        found: Any = process.extractOne(fold(text), self._company_names, score_cutoff=ALIKE)
        return (found[2], round(found[1] / 100, 2)) if found else ("", 0.0)


def _repeated(row: rows.SourceRow, first: rows.SourceRow) -> Issue:
    if row.content_hash == first.content_hash:
        return Issue("duplicate_id_identical", "reject", "id", row.key, f"The same row stands in line {first.line} already.")
    told = f"Line {first.line} has the same id and says something else; the first one counts."
    return Issue("duplicate_id_conflict", "decide", "id", row.key, told)


def _why(why: str, what: str) -> str:
    if why == "several":
        return f"Several {what} records are called that: none is taken by guessing."
    return f"No {what} of the export has this id or name."


_ORPHAN_MESSAGES = {
    suggest.NO_COMPANY_CONTACT_HAS_COMPANY: "The deal names no company, but its contact has one.",
    suggest.NO_COMPANY_CONTACT_WITHOUT_COMPANY: "The deal names no company, and its contact has none either.",
    suggest.NO_COMPANY_NO_CONTACT: "The deal names neither a company nor a contact.",
    suggest.COMPANY_NOT_FOUND_WITH_CONTACT: "The deal's company is not in the export; its contact is.",
    suggest.COMPANY_NOT_FOUND_NO_CONTACT: "The deal's company is not in the export, and it has no contact that is.",
}
