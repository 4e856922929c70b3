"""The command line: a parser over the registry of verbs (DESIGN.md 9)."""

import json
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from migrations_app import verbs
from migrations_app.gates import GateClosed
from migrations_app.management.verbs.common import acting_user
from migrations_app.verbs import GATE_CLOSED, USAGE, Answer, Call, VerbFailed


def _refuse(message: str) -> NoReturn:
    """Wrong words are exit 2, with the sentence as JSON where JSON was asked for."""
    raise VerbFailed(message, USAGE)


class _Parser(CommandParser):
    def error(self, message: str) -> NoReturn:
        _refuse(message)


class Command(BaseCommand):
    help = "Crossdock's verbs, for scripts and people at a terminal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.error = _refuse  # type: ignore[method-assign]  # Django makes this one itself, of its own class
        chosen = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
        for verb in verbs.all_verbs():
            one = chosen.add_parser(verb.name, help=verb.help)
            verb.arguments(one)
            one.add_argument("--json", action="store_true", help="one JSON object on stdout, progress on stderr")
            one.add_argument("--by", default=settings.CROSSDOCK_USER, metavar="USER", help="who acts")

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except VerbFailed as error:
            sys.exit(self._failed(error, "--json" in argv))

    def handle(self, *args: Any, **options: Any) -> None:
        status = self._handle(options)
        if status:
            sys.exit(status)

    def _handle(self, options: dict[str, Any]) -> int:
        verb = next(each for each in verbs.all_verbs() if each.name == options["verb"])
        try:
            user = acting_user(options["by"])
            answer = verb.run(Call(options, user, self._progress))
        except GateClosed as shut:
            answer = _closed(shut)
        except VerbFailed as error:
            return self._failed(error, options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(answer.data, ensure_ascii=False, default=str))
        else:
            self.stdout.write("\n".join(answer.lines))
        return answer.status

    def _progress(self, text: str) -> None:
        self.stderr.write(text)

    def _failed(self, error: VerbFailed, as_json: bool) -> int:
        if as_json:
            self.stdout.write(json.dumps({"error": str(error)}, ensure_ascii=False))
        else:
            self.stderr.write(str(error))
        return error.status


def _closed(shut: GateClosed) -> Answer:
    first = shut.gates[0]
    missing = [{"what": each.what, "count": each.count, "where": each.where} for each in first.missing]
    data = {"gate": first.name, "missing": missing, "closed": [gate.name for gate in shut.gates]}
    lines = [f"{gate.name}: {each.what} ({each.count}), see {each.where}" for gate in shut.gates for each in gate.missing]
    return Answer(data, tuple(lines), GATE_CLOSED)
