"""What leaves as files and not through the API: templates with an index page, and the definitions of workflows."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join

from connectors.sources import registry
from migrations_app.models import Project, UploadFile
from migrations_app.rules.mailing import rebuild, templates
from migrations_app.services import rows
from migrations_app.services.mailing import enrolments
from migrations_app.services.mailing.auditing import find_file, leads_outside
from migrations_app.services.mailing.reading import Reader

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{}</title>'
    "<style>body{{font-family:sans-serif;margin:2rem}}td,th{{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}}"
    "table{{border-collapse:collapse}}</style></head><body><h1>{}</h1>{}</body></html>"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One template of the index. `content` is None where there is no file, for the reason in `missing`."""

    key: str
    name: str
    subject: str
    path: str
    content: bytes | None
    missing: str = ""
    reply_to: str = ""

    @property
    def read(self) -> templates.Template:
        return templates.read(self.content or b"")


def all_templates(project: Project) -> Iterator[Kept]:
    force = rows.tables_in_force(project).get("templates", [])
    files = {each.path: each for each in UploadFile.objects.filter(upload__in={table.upload_id for table in force})}
    for row, cells in Reader(project).cells(force):
        path, html = cells.get("path", ""), cells.get("html", "")
        if "<" in path and not html:  # a column “HTML” holds either
            path, html = "", path
        found = None if leads_outside(path) else find_file(path, set(files))
        content = html.encode(errors="replace") or (_content(files[found]) if found else None)
        missing = "" if content else "the path leads out of the package" if leads_outside(path) else "there is no such file"
        yield Kept(row.key, cells.get("name", ""), cells.get("subject", ""), path, content, missing, cells.get("reply_to", ""))


def workflows(project: Project) -> list[rebuild.Workflow]:
    """As the export describes them, with how many stood where as far as it tells that."""
    return counted(project)[0]


def counted(project: Project) -> tuple[list[rebuild.Workflow], enrolments.Counts]:
    """The same, beside the counts of all persons listed: also of workflows that the export does not describe."""
    found = _workflows(project)
    counts = enrolments.count(project, found)
    return enrolments.with_counts(found, counts), counts


def _workflows(project: Project) -> list[rebuild.Workflow]:
    quirks = registry.get_quirks(project.source)
    found = []
    for row, cells in Reader(project).cells(rows.tables_in_force(project).get("workflows", [])):
        counts = {role: int(text) if (text := cells.get(role, "")).isdecimal() else None for role in ("step_count", "enrolments")}
        found.append(
            rebuild.Workflow(
                row.key,
                cells.get("name", ""),
                cells.get("trigger", ""),
                rebuild.parts_of(cells.get("conditions", "")),
                rebuild.steps_of(cells.get("steps", "")),
                counts["step_count"],
                counts["enrolments"],
                quirks.yes_no(cells.get("active", "")) is not False,
            )
        )
    return found


def write_templates(project: Project, path: Path) -> int:
    """A zip that opens in a browser: index.html, each template as it came, and a preview without anything that runs."""
    kept = list(all_templates(project))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, each in enumerate(kept, start=1):
            if each.content is not None:
                archive.writestr(f"templates/{_file(number)}", each.content)
                archive.writestr(f"preview/{_file(number)}", _page(each.name, templates.preview(each.read.text)))
        archive.writestr("index.html", _index(project, kept))
    return len(kept)


def write_workflows(project: Project, path: Path) -> int:
    """The definitions as JSON: what was printed, what each step becomes, who hands over to whom."""
    found = workflows(project)
    path.write_text(json.dumps([_as_dict(each) for each in found], ensure_ascii=False, indent=1), encoding="utf-8")
    return len(found)


def write_enrolments(project: Project, path: Path) -> int:
    """Who stood at which step of which workflow, as csv."""
    return enrolments.write(project, _workflows(project), path)


def _content(file: UploadFile) -> bytes | None:
    path = Path(settings.CROSSDOCK_DATA) / "files" / str(file.upload_id) / file.sha256
    return path.read_bytes() if path.exists() else None


def _file(number: int) -> str:
    return f"{number:03}.html"


def _page(title: str, body: str) -> str:
    head, tail = format_html(_PAGE, title, title, "\0").split("\0")
    return head + body + tail


def _index(project: Project, kept: list[Kept]) -> str:
    lines = format_html_join(
        "", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", (_line(*each) for each in enumerate(kept, 1))
    )
    tokens = {token.text: token for each in kept for token in each.read.tokens}
    twins = format_html_join(
        "",
        "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
        ((token.text, token.meaning or "nobody knows", token.twin or "nothing of the kind") for token in tokens.values()),
    )
    body = format_html(
        "<p>{}</p><table><tr><th>Template</th><th>Subject</th><th>Files</th><th>Look at</th>"
        "<th>Pictures that end with the subscription</th>"
        "</tr>{}</table><h2>Tokens</h2><table><tr><th>In the template</th><th>Means</th><th>In Pipedrive</th></tr>{}</table>",
        f"{len(kept)} templates. Their layout needs a look in Pipedrive: tables and style sheets show differently there.",
        lines,
        twins,
    )
    return _page(f"E-mail templates of {project}", body)


def _line(number: int, each: Kept) -> tuple[Any, ...]:
    if each.content is None:
        return each.name, each.subject, f"{each.path}: {each.missing}", "", ""
    file, read = _file(number), each.read
    links = format_html('<a href="templates/{}">as it came</a>, <a href="preview/{}">preview</a>', file, file)
    return each.name, each.subject, links, ", ".join(flag.replace("_", " ") for flag in read.flags), ", ".join(read.dying)


def _as_dict(each: rebuild.Workflow) -> dict[str, Any]:
    return {
        "id": each.key,
        "name": each.name,
        "active": each.active,
        "trigger": each.trigger,
        "starts": each.starts,
        "conditions": list(each.conditions),
        "steps": [_step_as_dict(step) for step in each.steps],
        "enrolled": each.standing,
        "hands_over_to": each.hands_over_to,
        "plan": each.plan,
        "cannot_be_rebuilt": each.cannot,
        "warnings": each.warnings,
    }


def _step_as_dict(step: rebuild.Step) -> dict[str, Any]:
    told = {"step": step.said, "pipedrive": step.becomes, "needs": step.needs}
    return told if step.stood is None else told | {"stood_here": step.stood}
