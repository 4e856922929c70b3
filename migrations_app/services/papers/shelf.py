"""All papers: what each is for, what it is made from, and how it is handed out."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from django.db.models import Max

from connectors.sources import registry
from migrations_app.models import PaperIssue, Project, require
from migrations_app.services.papers import (
    answers,
    automations,
    certificate,
    field_map,
    fit,
    html,
    people,
    phases,
    quality,
    quote,
    rebuilding,
    request,
    scope,
    sends,
    signed_losses,
    word,
    workbook,
)
from migrations_app.services.papers.document import Document
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.language import in_force, spoken
from migrations_app.services.papers.words import check_language


@dataclass(frozen=True, slots=True)
class Format:
    label: str
    mime: str
    write: Callable[[Document, BytesIO], None]


FORMATS: Mapping[str, Format] = {
    "html": Format("Page", "text/html; charset=utf-8", html.write),
    "docx": Format("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", word.write),
    "xlsx": Format("Workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.write),
}
CHANGED = {
    "export": "another export came in",
    "map": "the map changed",
    "answers": "questions were answered",
    "audit": "an audit ran",
    "load": "something was loaded or taken back",
    "signed": "something was signed or confirmed",
    "account": "an account, its plan or its seats changed",
    "project": "the project's settings changed",
    "firm": "the firm or its rate card changed",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """`draws_on` are keys of CHANGED, besides project and firm, which all papers draw on.

    `about` names the object of a source without which the paper says nothing; papers that are not `translated` stay English: they are
    read back by the program, or worked with on English screens.
    """

    name: str
    title: str
    purpose: str
    draws_on: tuple[str, ...]
    build: Callable[[Facts], Document]
    about: str = ""
    translated: bool = True


_ALL = ("export", "map", "answers", "audit", "account")
PAPERS: Mapping[str, Paper] = {
    paper.name: paper
    for paper in (
        Paper("request", "Export request", "Asks the customer for the exports; ticks what has arrived.", ("export",), request.build),
        Paper("quote", "Estimate and quote", "Tokens, days on each plan, price by the rate card.", _ALL, quote.build),
        Paper("answers", "Questions and answers", "What customers ask first, answered from data.", (*_ALL, "load"), answers.build),
        Paper("fit", "How well it fits", "Kind by kind direct, adapted or not possible; grade; calendar.", _ALL, fit.build),
        Paper("scope", "Scope", "What moves, field by field; what stays behind and why.", _ALL, scope.build),
        Paper("losses", "Known losses", "What is lost, line by line, for the customer to sign.", (*_ALL, "signed"), signed_losses.build),
        Paper(
            "field-map",
            "Field map",
            "A sheet for each object, to fill in and send back.",
            ("export", "map"),
            field_map.build,
            translated=False,
        ),
        Paper(
            "quality",
            "Data quality",
            "How full, how double, how dated the data is, with the rows.",
            ("export", "map", "audit"),
            quality.build,
        ),
        Paper("users", "Users to create", "Who owns records and needs a seat.", ("export", "answers", "audit", "account"), people.build),
        Paper("automations", "Automations", "What runs by itself, and what becomes of it.", ("export",), automations.build),
        Paper(
            "rebuild",
            "Rebuild Guide",
            "Each workflow step by step; what stops when the old account closes.",
            ("export",),
            rebuilding.build,
            about="workflows",
            translated=False,
        ),
        Paper(
            "sends",
            "E-mail sends",
            "What each way of showing them costs.",
            ("export", "audit", "account"),
            sends.build,
            about="email_sends",
        ),
        Paper("phases", "Phase reports", "Every run, phase by phase, to the last row.", ("load",), phases.build),
        Paper(
            "certificate", "Certificate", "Counts, totals, digest, second pass, signatures.", ("map", "load", "signed"), certificate.build
        ),
    )
}


class UnknownPaper(ValueError):
    """No paper, or no format, has this name; the text says which there are."""


def offered(project: Project) -> list[Paper]:
    """The papers that say something about a move out of this source."""
    known = registry.get_source(project.source).by_name
    return [paper for paper in PAPERS.values() if not paper.about or paper.about in known]


def make(paper: Paper, format: str, facts: Facts) -> BytesIO:
    """The paper as a file, in the project's language."""
    stream = BytesIO()
    with spoken(facts, paper.translated) as language:
        FORMATS[format].write(replace(in_force(paper.build(facts)), language=language), stream)
    stream.seek(0)
    return stream


def hand_out(facts: Facts, name: str, format: str, *, user: Any) -> BytesIO:
    """Make a paper and note that it was handed out, and from what; one of typed counts is not noted. Raises Forbidden and UnknownPaper."""
    project = facts.project
    require(user, "view", project)
    if name not in PAPERS or format not in FORMATS:
        raise UnknownPaper(f"There is no paper {name}.{format}: the papers are {', '.join(PAPERS)}, as {', '.join(FORMATS)}.")
    file = make(PAPERS[name], format, facts)
    if facts.typed is None:
        PaperIssue.objects.create(project=project, name=name, format=format, stamp=stamp(project), made_by=user)
    return file


def write_all(
    facts: Facts, folder: Path, *, user: Any, names: Iterable[str] = (), formats: Iterable[str] = (), progress: Callable[[str], None]
) -> list[Path]:
    """The papers called so (all that are offered, without names), each in every format, one after the other. Answers the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names or [paper.name for paper in offered(facts.project)]:
        for format in formats or FORMATS:
            path = folder / f"{name}.{format}"
            progress(f"writing {path.name}")
            path.write_bytes(hand_out(facts, name, format, user=user).getbuffer())
            written.append(path)
    return written


def write_like(project: Project, language: str, *, user: Any) -> None:
    """The project's papers in `language`; empty: English, with numbers as in its country. Raises Forbidden, UnknownLanguage."""
    require(user, "map", project)
    project.settings = {**project.settings, "locale": check_language(language)}
    project.save(update_fields=["settings"])


# --- fresh or outdated -----------------------------------------------------------------------------------------------


def stamp(project: Project) -> dict[str, str]:
    """What papers are made from, part by part, so short that two of them are compared at a glance. Eight queries."""
    facts = Facts(project)
    mapping = facts.mapping
    edited = mapping.rules.aggregate(at=Max("edited_at"))["at"] if mapping else None
    accounts = [(each.pk, each.plan, each.seats, each.share, str(each.schema_read_at)) for each in facts.accounts]
    runs = project.runs.order_by("-pk").values_list("pk", "state", "tokens").first()
    signed = [project.approvals.count(), *project.confirmations.order_by("pk").values_list("pk", "withdrawn_at")]
    parts: dict[str, Any] = {
        "export": sorted(table.pk for tables in facts.force.values() for table in tables),
        "map": [mapping.pk, mapping.state, str(edited)] if mapping else [],
        "answers": project.decision_seq,
        "audit": project.audit_id,
        "load": runs,
        "signed": signed,
        "account": accounts,
        "project": [project.name, project.timezone, project.country, project.currency, project.settings],
        "firm": str(facts.firm.changed_at),
    }
    return {name: hashlib.sha256(json.dumps(part, sort_keys=True, default=str).encode()).hexdigest()[:16] for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class OnShelf:
    """One paper with when it was last handed out, and what changed since, in words."""

    paper: Paper
    issue: PaperIssue | None
    outdated: tuple[str, ...]


def on_shelf(project: Project) -> list[OnShelf]:
    now = stamp(project)
    newest = PaperIssue.objects.filter(project=project).order_by().values("name").annotate(newest=Max("pk")).values("newest")
    issues = {each.name: each for each in PaperIssue.objects.filter(pk__in=newest).select_related("made_by")}
    return [OnShelf(paper, issues.get(paper.name), _outdated(paper, issues.get(paper.name), now)) for paper in offered(project)]


def _outdated(paper: Paper, issue: PaperIssue | None, now: Mapping[str, str]) -> tuple[str, ...]:
    if issue is None:
        return ()
    return tuple(CHANGED[part] for part in (*paper.draws_on, "project", "firm") if issue.stamp.get(part) != now[part])
