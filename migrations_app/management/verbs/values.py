"""values: what single values of the source become, the same in every account."""

from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, project_of, with_project
from migrations_app.services import proposing, value_rules
from migrations_app.verbs import Answer, Call


def values(call: Call) -> Answer:
    project = project_of(call)
    for text in [value_rules.parse(each) for each in call.options["add"] or ()]:
        value_rules.write(project, text, user=call.user)
    mapping = proposing.newest(project)
    found = list(mapping.values.order_by("kind", "scope", "source").values("kind", "scope", "source", "target")) if mapping else []
    lines = [f"{each['kind']}{'@' + each['scope'] if each['scope'] else ''}: {each['source']} → {each['target'] or '-'}" for each in found]
    return Answer({"mapping": mapping.version if mapping else None, "values": found}, tuple(lines))


def _arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument(
        "--add", action="append", metavar="KIND[@FIELD]:VALUE=BECOMES", help="such as status:Gagné=won; may be given several times"
    )


verbs.register("values", "what single values become", failing_softly(values, value_rules.BadRule, proposing.NothingToPropose), _arguments)
