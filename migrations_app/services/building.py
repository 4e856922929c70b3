"""From a planned link to the body that goes to Pipedrive: rows, rules, answers, parents and the account's own keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from migrations_app.models import LinkParent, Project, RecordLink, RecordSource, Run, SourceTable
from migrations_app.rules import answers, marks, resolve
from migrations_app.rules.engine import Mapper
from migrations_app.rules.keys import fit
from migrations_app.rules.kinds_of_record import BY_FIELD, KINDS, Kind
from migrations_app.rules.lines import differ
from migrations_app.rules.merging import fill_blanks
from migrations_app.rules.overdue import OldTasks
from migrations_app.rules.spec import ACTIVITY, Draft, Issue
from migrations_app.rules.targets import BUILTIN_FIELDS
from migrations_app.rules.transforms.web import domain_key
from migrations_app.services import compiling, decisions, fixed, quickbooks, rows, schema
from migrations_app.services.attached import Files, Kept, files_in_force, location
from migrations_app.services.likeness import CONTENT
from migrations_app.services.linking import NO_PARENT_YET
from migrations_app.services.mailing.saying import Sayings
from migrations_app.services.owners import Owner, OwnerResolver
from migrations_app.services.references import key_of_text
from migrations_app.services.stages import StageIndex
from migrations_app.states import LINK_IN_TARGET, LinkState

PARENT_NOT_LOADED = "parent not loaded"
PROVISIONAL = "taken provisionally: "
_NEEDED = {
    "no_owner": "nobody owns it: name the user who takes all others, under Owners",
    "stage": "its stage is none of the source's stages: see Questions",
    "no_title": "it has no title: see Questions",
    "bad_amount": "its amount cannot be read: see Questions",
    "ambiguous_date": "a date can be read both ways: see Questions",
    "ambiguous_percent": "its probability can be read both ways: see Questions",
    "unknown_status": "its status is unknown: see Questions",
    "unknown_currency": "its currency is unknown: see Questions",
    "no_currency": "its amount has no currency: see Questions",
}


@dataclass(slots=True)
class Prepared:
    """A link with the body to send, or with the state that it takes instead.

    What the body lacks need not be empty: `lost` are roles whose parent is not there, `unsaid` are fields of the map for which
    the file of the row has no column.
    """

    link: RecordLink
    body: dict[str, Any] | None = None
    state: str = LinkState.PLANNED
    reason: str = ""
    message: str = ""
    lost: Sequence[str] = ()
    unsaid: frozenset[str] = frozenset()
    under: int | None = None  # the record that stands in the request's path
    fingerprint: str = ""  # where nothing else tells it from others
    content: Path | None = None  # the bytes of a file


@dataclass(slots=True)
class Parents:
    """What a link hangs on, as Pipedrive ids; `lost` are roles whose parent will never come, `waiting` those still to come."""

    ids: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def leave_nothing(self, kind: Kind) -> bool:
        """Whether a record of this kind makes no sense with what is left of them."""
        return any(kind.parents[role].needed for role in self.lost) or not (kind.lone or self.ids)


class Builder:
    """Builds bodies for one entity of one run. A batch costs a constant number of queries."""

    def __init__(self, run: Run, entity: str, object: str) -> None:
        self.run = run
        self.entity = entity
        self.kind = KINDS[entity]
        self.object = object
        self.tables: list[SourceTable] = rows.tables_of(run.tables).get(object, [])
        self.provisional = run.account.role == "staging"
        self.marks = run.project.setting("references") != "no"
        self._mappers: dict[int, Mapper] = {}
        self._mapped: frozenset[str] = frozenset()
        self._chosen_rows: dict[str, str] = {}
        self._fixes: fixed.Fixes = {}
        self._schema = schema.account_schema(run.account)
        self._seq = -1
        self._stages = StageIndex(run.project, run.mapping)
        self._owners = OwnerResolver(run)
        self._sayings = Sayings(run.mapping, object)
        self._settled = quickbooks.Settled(run.project, object, self.tables)
        project = run.project
        self._old_tasks = OldTasks(project.setting("old_tasks"), int(project.setting("old_tasks_days")), project.get_source_label())
        self._answers: Mapping[str, Mapping[tuple[str, str], str]] = {}
        self._files: Files | None = None

    def refresh(self) -> int:
        """Read the answers of people anew if any came in; the `decision_seq` that the next bodies rest on."""
        seq = Project.objects.values_list("decision_seq", flat=True).get(pk=self.run.project_id)
        if seq != self._seq:
            self._owners = OwnerResolver(self.run)
            self._settled.refresh()
            rules = compiling.rules_of(self.run.mapping)
            self._mappers = compiling.mappers(self.run.mapping, self.tables, rules)
            self._mapped = frozenset(rule.field for rule in rules if rule.object == self.object and rule.field)
            self._answers = {kind: decisions.question_answers(self.run.project, kind) for kind in answers.KINDS}
            chosen = decisions.question_answers(self.run.project, "duplicate_id_conflict")
            self._chosen_rows = {key: content for (object, key), content in chosen.items() if object == self.object}
            self._fixes = fixed.fixes_of(self.tables)
            self._seq = seq
        return seq

    def build(self, links: Sequence[RecordLink]) -> list[Prepared]:
        """Bodies in the order of `links`."""
        sources = self._sources(links)
        found = rows.by_key(self.tables, {key for keys, _ in sources.values() for key in keys}, self._chosen_rows, self._fixes)
        every = [key for keys, _ in sources.values() for key in keys]
        self._sayings.read([*every, *filter(None, map(_company_text, links))])
        self._settled.read(every)
        parents = self._parents(links)
        prepared = []
        for link in links:
            keys, part = sources.get(link.pk, ((), 0))
            prepared.append(self._prepare(link, [found[key] for key in keys if key in found], part, parents[link.pk]))
        return prepared

    # --- one record --------------------------------------------------------------------------------------------------

    def _prepare(self, link: RecordLink, source: Sequence[rows.SourceRow], part: int, parents: Parents) -> Prepared:
        if parents.waiting:
            return Prepared(link, None, LinkState.WAITING, NO_PARENT_YET, f"waits for its {' and '.join(parents.waiting)}")
        if parents.leave_nothing(self.kind) or (link.derived and parents.lost and not self.kind.of_rows):
            lost = " and ".join(parents.lost) or "parent"
            return Prepared(link, None, LinkState.SKIPPED, PARENT_NOT_LOADED, f"its {lost} is not in Pipedrive")
        if not source and not link.derived:
            return Prepared(link, None, LinkState.SKIPPED, "no longer in the source")
        draft = self._draft(link, source, part)
        ruling = answers.apply(draft, self.object, source[0].key if source else "", self._answers, self.provisional)
        if self.entity == "deal":
            self._place_in_pipeline(draft, ruling)
        owner = self._owner(draft)
        if owner.user_id is None and self.kind.owner_needed:
            ruling.open.append("no_owner")
        if self.entity == "note" and not draft.values.get("content"):
            return Prepared(link, None, LinkState.SKIPPED, "empty_note")
        if skip := ruling.skip or draft.skip:
            return Prepared(link, None, LinkState.SKIPPED, skip[:80])
        if ruling.open:
            return Prepared(link, None, *self._open("; ".join(_NEEDED.get(code, code) for code in ruling.open)))
        notes = [PROVISIONAL + ", ".join(ruling.provisional)] if ruling.provisional else []
        notes += [f"link lost: its {role} is not in Pipedrive" for role in parents.lost]
        told = self._told_of_file(draft) if self.entity == "file" else None
        if isinstance(told, str):
            return Prepared(link, None, LinkState.SKIPPED, told)
        prepared = self._complete(link, draft, parents, owner, "; ".join(notes), told)
        prepared.lost, prepared.unsaid = parents.lost, self._unsaid(source)
        return prepared

    def _unsaid(self, source: Sequence[rows.SourceRow]) -> frozenset[str]:
        """Names of the body's fields that none of the rows' files has a column for."""
        said = {rule.field for row in source for rule in self._mappers[row.table.pk].rules.values()}
        silent = self._mapped - said if source else frozenset[str]()
        targets = [resolve.target_field(self.entity, name, self._schema) for name in silent]
        return frozenset(self._schema.fields.get((self.entity, target), target) for target in targets)

    def _open(self, what: str) -> tuple[str, str, str]:
        if self.provisional:
            return LinkState.SKIPPED, "undecided", f"needs an answer: {what}"
        return LinkState.WAITING, "waits for an answer", f"needs an answer: {what}"

    def _complete(self, link: RecordLink, draft: Draft, parents: Parents, owner: Owner, message: str, file: Kept | None) -> Prepared:
        body = self._body(link, draft, parents, owner)
        if file is not None:
            body |= {"file_size": file.size, CONTENT: file.sha256}
        under = parents.ids.get(self.kind.path_parent)
        known = self.kind.known_by == BY_FIELD or (self.marks and bool(self.kind.marked))
        fingerprint = "" if known else marks.fingerprint(self.kind, body, under)
        content = location(file) if file is not None else None
        return Prepared(link, body, message=message, under=under, fingerprint=fingerprint, content=content)

    def _told_of_file(self, draft: Draft) -> Kept | str:
        """The file of the package that the row means, or the code of why there is none."""
        if self._files is None:
            self._files = files_in_force(self.run.project, self.tables)
        found = self._files.find(str(draft.values.pop("path", "")), str(draft.values.get("name", "")))
        if found.file is None:
            return found.code
        return found.file if location(found.file).is_file() else "missing_file"

    def _draft(self, link: RecordLink, source: Sequence[rows.SourceRow], part: int) -> Draft:
        """The neutral values of the record, merged rows filled in; `part` is that of a row that makes several."""
        if link.derived:
            draft = _derived(self.entity, link)
            self._sayings.add(draft, [_company_text(link)])
            return draft
        draft = fill_blanks([self._mappers[row.table.pk].draft(self._settled.cells(row)) for row in source])
        self._sayings.add(draft, [row.key for row in source])
        if 0 < part <= len(draft.continued):
            draft.values |= draft.continued[part - 1]
        if self.entity == ACTIVITY:
            self._old_tasks.settle(draft, source[0].table.upload.created_at.date())
        return draft

    def _place_in_pipeline(self, draft: Draft, ruling: answers.Ruling) -> None:
        """Put the stage's id into the draft; a stage that the source's own pipelines do not have needs an answer."""
        pipeline, stage = draft.references.get("pipeline", ""), draft.references.get("stage", "")
        place = self._stages.find(pipeline, stage)
        if place is None:
            choice = self._answers.get(answers.STAGE, {}).get((self.object, answers.stage_subject(pipeline, stage)), "")
            place = self._stages.find(*choice.split(" / ", 1)) if " / " in choice else None
        if place is None and (pipeline or stage):
            ruling.open.append("stage")
            return
        if place is not None:
            known = self._schema.stage_id(*place)
            if known is None and draft.is_project:  # Pipedrive would put it into the sales pipeline
                raise resolve.MissingInAccount([Issue("unknown_stage", "decide", place[0], place[1], "prepare the account again")])
            draft.values["stage_id"] = known

    def _body(self, link: RecordLink, draft: Draft, parents: Parents, owner: Owner) -> dict[str, Any]:
        values = dict(draft.values)
        if self.kind.known_by == BY_FIELD:
            values[schema.SOURCE_ID] = source_id(self.run.project, link.key)
        if owner.user_id is not None:
            values[self.kind.owner] = owner.user_id
        if self.entity == "organization" and (domain := domain_key(str(draft.values.get("website") or ""))):
            values[schema.MATCHED_DOMAIN] = domain
        if owner.original and (self.entity, schema.ORIGINAL_OWNER) in self._schema.own:
            values[schema.ORIGINAL_OWNER] = owner.original
        for role, pipedrive_id in parents.ids.items():
            values |= hung_on(self.kind.parents[role].field, pipedrive_id)
        if "value" in link.facts and not link.derived:
            values["value"] = link.facts["value"]
        if (total := link.facts.get("lines_total")) is not None and differ(values.get("value"), Decimal(total)):
            values[schema.OWN_FIELDS[schema.SOURCE_VALUE].name] = {"value": values["value"], "currency": values.get("currency", "")}
        if (others := link.facts.get("also_at")) and (self.entity, schema.ALSO_AT) in self._schema.own:
            values[schema.ALSO_AT] = others
        if "org_id" in link.facts:
            values["org_id"] = link.facts["org_id"]
        if self.kind.marked and self.marks:
            values = marks.marked(self.kind, values, link.key)
        return resolve.body(self.entity, values, self._schema)

    def _owner(self, draft: Draft) -> Owner:
        """Whose it is. Kinds that need no owner have one only where the row names somebody."""
        if "user" in draft.references:
            return self._owners.user(draft.references["user"])
        text = draft.references.get("owner") or draft.references.get("author", "")
        return self._owners.owner(text, draft) if text or self.kind.owner_needed else Owner(None)

    # --- what hangs on it ----------------------------------------------------------------------------------------------

    def _sources(self, links: Sequence[RecordLink]) -> dict[int, tuple[list[str], int]]:
        """{link: source keys and part}: its own key first, then those of the records merged into it."""
        pks = [link.pk for link in links]
        own = RecordSource.objects.filter(link__in=pks, occurrence=0).values_list("link_id", "source_key", "part")
        merged = RecordSource.objects.filter(link__survivor__in=pks, link__state=LinkState.MERGED, occurrence=0)
        keys: dict[int, tuple[list[str], int]] = {pk: ([key], part) for pk, key, part in own}
        rest = merged.order_by("link__order", "pk").values_list("link__survivor_id", "source_key")
        for pk, key in rest:
            if pk is not None:
                keys.setdefault(pk, ([], 0))[0].append(key)
        return keys

    def _parents(self, links: Sequence[RecordLink]) -> dict[int, Parents]:
        found = {link.pk: Parents() for link in links}
        columns = ("parent__state", "parent__pipedrive_id", "parent__survivor__state", "parent__survivor__pipedrive_id")
        hangs_on = LinkParent.objects.filter(link__in=list(found)).values_list("link_id", "role", *columns)
        for pk, role, state, pipedrive_id, survivor_state, survivor_id in hangs_on:
            if state == LinkState.MERGED and survivor_state:
                state, pipedrive_id = survivor_state, survivor_id
            if state in LINK_IN_TARGET and pipedrive_id:
                found[pk].ids[role] = int(pipedrive_id)
            elif state in (LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN, LinkState.WAITING):
                found[pk].waiting.append(role)
            else:
                found[pk].lost.append(role)
        return found


def _company_text(link: RecordLink) -> str:
    """The key of what was gathered about a company that exists only as text; empty for other records."""
    return key_of_text(str(link.facts["name"])) if link.derived and link.entity == "organization" and "name" in link.facts else ""


def _derived(entity: str, link: RecordLink) -> Draft:
    """What no row says by itself stands in the link: its values, or the name of a company that exists only as text."""
    if values := link.facts.get("values"):
        named = {"user": str(values["user"])} if "user" in values else {}
        return Draft({name: value for name, value in values.items() if name != "user"}, references=named)
    made_of = {name: value for name, value in link.facts.items() if name in BUILTIN_FIELDS[entity]}
    name = {"name": str(link.facts["name"])[:255]} if "name" in link.facts else {}
    return Draft(made_of | name, references={"owner": str(link.facts.get("owner", ""))})


def hung_on(field: str, pipedrive_id: int) -> dict[str, Any]:
    """The part of a body that links it; a parent that stands in the path needs none. Guests would get mail, participants do not."""
    if field == "participants":
        return {field: [{"person_id": pipedrive_id, "primary": True}]}
    return {field: pipedrive_id} if field else {}


def source_id(project: Project, key: str) -> str:
    """What stands in the source-id field: `results-acme-deal:OP-1`; at most 255 characters, longer keys end in a hash."""
    return fit(f"{project.source}-{project.slug}-{key}")
