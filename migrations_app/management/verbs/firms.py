"""firm."""

from argparse import ArgumentParser
from typing import Any

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, file_of
from migrations_app.models import Firm
from migrations_app.services import firms
from migrations_app.verbs import Answer, Call


def firm(call: Call) -> Answer:
    given: dict[str, Any] = {name: call.options[name] for name in firms.TEXTS if call.options[name] is not None}
    if call.options["logo"] is not None:
        given["logo"] = file_of(call.options["logo"]).read_bytes()
    if call.options["rates"] is not None:
        given["rates"] = firms.read_rates(file_of(call.options["rates"]))
    data = firms.as_dict(firms.change(user=call.user, **given) if given else Firm.ours())
    lines = [f"{name}: {data[name]}" for name in (*firms.TEXTS, "logo") if data[name]]
    return Answer(data, (*lines, *(f"{each['amount']} {each['unit']}: {each['label']}" for each in data["rates"])))


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--name")
    parser.add_argument("--address")
    parser.add_argument("--contact")
    parser.add_argument("--currency", help="of the rate card, three letters")
    parser.add_argument("--logo", metavar="FILE", help="a png, jpeg or gif picture")
    parser.add_argument("--rates", metavar="FILE.csv", help="the rate card: label, unit, amount")


verbs.register("firm", "what stands at the head of papers, and the rate card", failing_softly(firm, firms.BadFirm), _arguments)
