"""settings: what a project has decided once for all its records."""

from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, project_of, with_project
from migrations_app.services import policies
from migrations_app.verbs import USAGE, Answer, Call, VerbFailed


def settings(call: Call) -> Answer:
    project = project_of(call)
    given = dict(_pair(text) for text in call.options["set"] or ())
    if given:
        policies.change(project, given, user=call.user)
    found = policies.as_dict(project)
    lines = [f"{name}: {value}  ({policies.POLICIES[name].label})" for name, value in found.items()]
    return Answer({"project": project.slug, "settings": found}, tuple(lines))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise VerbFailed(f"--set: “{text}” is no NAME=VALUE.", USAGE)
    return name.strip(), value.strip()


def _arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--set", action="append", metavar="NAME=VALUE", help="change one; may be given several times")


verbs.register("settings", "what was decided once for all records", failing_softly(settings, policies.BadPolicy), _arguments)
