"""peek, new, intake."""

from argparse import ArgumentParser
from pathlib import Path

from django.db import IntegrityError
from django.utils.text import slugify

from connectors.errors import UnreadableFile
from connectors.sources import peek as peeking
from connectors.sources.registry import SOURCES
from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, project_of, with_project
from migrations_app.models import Upload
from migrations_app.services import effects, intake, projects
from migrations_app.states import UploadState
from migrations_app.verbs import USAGE, Answer, Call, VerbFailed


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        raise VerbFailed(f"There is no file or folder {text}.", USAGE)
    return path


def peek(call: Call) -> Answer:
    out = Path(call.options["out"]) if call.options["out"] else None
    found = peeking.peek(_existing(call.options["path"]), out)
    lines = [
        f"{table['file']} {table['sheet']}: {table['rows']} rows, {table['encoding']} {table['delimiter']!r}, "
        f"header in record {table['header_row']}, skipped {table['skipped'] or 'nothing'}"
        for table in found["tables"]
    ]
    lines += [f"{each['file']}: {each['reason']}" for each in found["refused"]]
    return Answer(found, tuple(lines))


def _peek_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("--out", metavar="DIR", help="write one clean csv per table here")


def new(call: Call) -> Answer:
    options = call.options
    slug = options["slug"] or slugify(options["name"]) or "project"
    try:
        project = projects.create(
            name=options["name"],
            slug=slug,
            source=options["source"],
            timezone=options["timezone"],
            country=options["country"],
            currency=options["currency"],
            user=call.user,
        )
    except projects.BadSetting as error:
        raise VerbFailed(str(error), USAGE) from None
    except IntegrityError:
        raise VerbFailed(f"There is a project “{slug}” already.") from None
    return Answer({"project": project.slug}, (f"Project “{project}” is called {project.slug}.",))


def _new_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--source", required=True, choices=sorted(SOURCES))
    parser.add_argument("--slug", default="")
    parser.add_argument("--timezone", default="", help="IANA name, such as Europe/Berlin")
    parser.add_argument("--country", default="", help="two letters, such as DE")
    parser.add_argument("--currency", default="", help="three letters, such as EUR")


def take_in(call: Call) -> Answer:
    project = project_of(call)
    hold = call.options["hold"] and call.options["kind"] != Upload.Kind.SAMPLE
    path, kind = _existing(call.options["path"]), call.options["kind"]
    report = intake.take_in(project, path, kind=kind, user=call.user, hold=hold, progress=call.progress)
    upload = report.upload
    held = upload.state == UploadState.HELD
    effect = effects.Effect() if report.repeated or held else effects.effect_of(upload)
    told = effects.foretell(upload) if held else {}
    data = {
        "upload": upload.pk,
        "repeated": report.repeated,
        "objects": report.objects,
        "unrecognised": upload.unrecognised,
        "refused": upload.refused,
        "remarks": intake.remarks(upload),
        "effect": effect.as_dict(),
        "held": held,
        "as": {kind: each.as_dict() for kind, each in told.items()},
    }
    lines = [
        f"{name}: {each['staged']} of {each['rows']} records staged, skipped {each['skipped'] or 'nothing'}"
        for name, each in report.objects.items()
    ]
    lines += [f"{name}: nobody could tell what it holds; nothing of it is staged." for name in upload.unrecognised]
    lines += [f"{each['file']}: {each['reason']}" for each in upload.refused]
    lines += [f"{each['place']}: {each['remark']}" for each in data["remarks"]]
    lines += upload.message.splitlines() if held else effect.lines()
    if report.repeated:
        lines.append("The same bytes came before: nothing changed.")
    return Answer(data, tuple(lines))


def _intake_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("--kind", choices=[str(kind) for kind in Upload.Kind], default="full")
    parser.add_argument("--hold", action="store_true", help="say what it would do as each kind; `put-in-force` lets it take effect")


def put_in_force(call: Call) -> Answer:
    project, options = project_of(call), call.options
    upload = project.uploads.filter(pk=options["upload"]).first() if options["upload"] else None
    if upload is None:
        raise VerbFailed(f"{project} has no upload {options['upload']}.", USAGE)
    done = intake.put_in_force(upload, kind=options["kind"] or upload.kind, user=call.user)
    upload.refresh_from_db()
    said = f"{upload} is in force: it {upload.get_kind_display()}." if done else f"{upload} was {upload.get_state_display()} already."
    return Answer({"upload": upload.pk, "kind": upload.kind, "changed": done}, (said,))


def _force_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--upload", metavar="N", type=int, required=True)
    parser.add_argument("--kind", choices=[str(kind) for kind in Upload.Kind if kind != Upload.Kind.SAMPLE], default="")


verbs.register("peek", "what the reader makes of any file or package", failing_softly(peek, UnreadableFile), _peek_arguments)
verbs.register("new", "start a project", failing_softly(new), _new_arguments)
verbs.register("put-in-force", "let an upload that waits take effect", failing_softly(put_in_force), _force_arguments)
verbs.register("intake", "take a package in", failing_softly(take_in, intake.IntakeFailed), _intake_arguments)
