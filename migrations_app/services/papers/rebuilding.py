"""The Rebuild Guide: each workflow step by step, what cannot be rebuilt, and what stops on the day the old account closes."""

from urllib.parse import urlsplit

from migrations_app.rules.mailing.rebuild import Workflow, edges
from migrations_app.services.mailing import handing_over
from migrations_app.services.papers.document import NUMBER, TEXT, Block, Column, Document, Graph, Paragraph, Points, Section, Table, Ticks
from migrations_app.services.papers.facts import Facts

_OVERVIEW = (
    Column("workflow", TEXT, 30), Column("state", TEXT, 10), Column("starts when", TEXT, 22), Column("steps", NUMBER, 8),
    Column("enrolled at the freeze", NUMBER, 12), Column("plan", TEXT, 28),
)  # fmt: skip
_STEPS = (Column("no.", NUMBER, 6), Column("in the old system", TEXT, 28), Column("in Pipedrive", TEXT, 44), Column("needs", TEXT, 18))
_HANDS = (Column("from", TEXT, 30), Column("to", TEXT, 30))


def build(facts: Facts) -> Document:
    found = handing_over.workflows(facts.project)
    about = (
        "Workflows do not move: they are rebuilt by hand. This guide says how, step by step, and what to check before the account closes."
    )
    if not found:
        return facts.document("Rebuild Guide", about, [Section("Workflows", [Paragraph("The exports hold no workflows yet.", "notice")])])
    lines = [(each.name, _state(each), each.trigger, len(each.steps), each.enrolled or 0, each.plan) for each in found]
    sections = [Section("Overview", [Table(_OVERVIEW, lines, shown=200)]), _dependencies(found)]
    sections += [_one(each) for each in found if each.active]
    return facts.document("Rebuild Guide", about, [*sections, _on_the_day(facts, found)])


def _state(each: Workflow) -> str:
    return "active" if each.active else "off"


def _dependencies(found: list[Workflow]) -> Section:
    lines = edges(found)
    picture = [Graph("Workflows, and the lists and campaigns between them", lines)] if lines else []
    return Section("Who hands over to whom", [*picture, Table(_HANDS, lines, shown=200, nothing="No workflow names another one.")])


def _one(each: Workflow) -> Section:
    steps = [(number, step.said, step.becomes, step.needs) for number, step in enumerate(each.steps, start=1)]
    blocks: list[Block] = [
        Paragraph(f"Starts when: {each.trigger or 'not told'}. In Pipedrive: {each.starts}."),
        Paragraph(f"Only if: {'; '.join(each.conditions) or 'no conditions'}. {each.enrolled or 0} contacts stood in it at the freeze."),
        Table(_STEPS, steps, shown=100),
        *([Points([f"Cannot be rebuilt: {said}" for said in each.cannot])] if each.cannot else []),
        *(Paragraph(text, "notice") for text in each.warnings),
        Ticks([(False, "rebuilt", ""), (False, "fired once on a test record", "")]),
    ]
    return Section(each.name or each.key, blocks)


def _on_the_day(facts: Facts, found: list[Workflow]) -> Section:
    """Everything that the old system serves and that ends with its subscription."""
    assets = [asset for each in handing_over.all_templates(facts.project) if each.content for asset in each.read.dying]
    hosts = sorted({urlsplit(asset).hostname or asset for asset in assets})
    active = sum(each.active for each in found)
    return Section(
        "What stops on the day you cancel",
        [
            Ticks(
                [
                    (False, f"{active} active workflows send nothing any more", "rebuilt, or given up"),
                    (False, f"{len(set(assets))} pictures of templates on {', '.join(hosts) or 'no server'}", "copied elsewhere"),
                    (False, "Web forms and landing pages take nothing any more", "replaced on the web site"),
                    (False, "Tracking scripts on the web site", "taken off"),
                    (False, "Unsubscribe links in mails already sent", "the last suppression list taken in after that day"),
                    (False, "Replies and bounces to addresses of the old system", "redirected"),
                ]
            )
        ],
    )
