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
    report = intake.take_in(project, _existing(call.options["path"]), kind=call.options["kind"], user=call.user, progress=call.progress)
    upload = report.upload
    effect = effects.Effect() if report.repeated else effects.effect_of(upload)
    data = {
        "upload": upload.pk,
        "repeated": report.repeated,
        "objects": report.objects,
        "unrecognised": upload.unrecognised,
        "refused": upload.refused,
        "effect": effect.as_dict(),
    }
    lines = [
        f"{name}: {each['staged']} of {each['rows']} records staged, skipped {each['skipped'] or 'nothing'}"
        for name, each in report.objects.items()
    ]
    lines += effect.lines()
    if report.repeated:
        lines.append("The same bytes came before: nothing changed.")
    return Answer(data, tuple(lines))


def _intake_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("--kind", choices=[str(kind) for kind in Upload.Kind], default="full")


verbs.register("peek", "what the reader makes of any file or package", failing_softly(peek, UnreadableFile), _peek_arguments)
verbs.register("new", "start a project", failing_softly(new), _new_arguments)
verbs.register("intake", "take a package in", failing_softly(take_in, intake.IntakeFailed), _intake_arguments)
