"""The Rebuild Guide: each workflow step by step, what cannot be rebuilt, and what stops on the day the old account closes."""

from migrations_app.rules.mailing.rebuild import Workflow, edges
from migrations_app.services.mailing import enrolments, handing_over
from migrations_app.services.papers import ending
from migrations_app.services.papers.document import NUMBER, TEXT, Block, Column, Document, Graph, Paragraph, Points, Section, Table, Ticks
from migrations_app.services.papers.facts import Facts

_OVERVIEW = (
    Column("workflow", TEXT, 30), Column("state", TEXT, 10), Column("starts when", TEXT, 22), Column("steps", NUMBER, 8),
    Column("enrolled at the freeze", NUMBER, 12), Column("plan", TEXT, 28),
)  # fmt: skip
_STEPS = (Column("no.", NUMBER, 6), Column("in the old system", TEXT, 28), Column("in Pipedrive", TEXT, 44), Column("needs", TEXT, 18))
_STOOD = Column("stood here", NUMBER, 8)
_PERSONS = (
    Column("workflow", TEXT, 26), Column("at the step", TEXT, 24), Column("no.", NUMBER, 6), Column("name", TEXT, 22),
    Column("e-mail", TEXT, 28), Column("contact", TEXT, 14), Column("status", TEXT, 12), Column("since", TEXT, 12),
)  # fmt: skip
_WHO = "Who stood where at the freeze"
_HANDS = (Column("from", TEXT, 30), Column("to", TEXT, 30))


def build(facts: Facts) -> Document:
    found, counts = handing_over.counted(facts.project)
    about = (
        "Workflows do not move: they are rebuilt by hand. This guide says how, step by step, and what to check before the account closes."
    )
    if not found:
        none = Section("Workflows", [Paragraph("The exports hold no workflows yet.", "notice")])
        return facts.document("Rebuild Guide", about, [none, ending.section(facts, found)])
    lines = [(each.name, _state(each), each.trigger, len(each.steps), each.standing, each.plan) for each in found]
    sections = [Section("Overview", [Table(_OVERVIEW, lines, shown=200)]), _dependencies(found)]
    sections += [_one(each) for each in found if each.active]
    return facts.document(
        "Rebuild Guide", about, [*sections, _who_stood_where(facts, found, counts.listed.total()), ending.section(facts, found)]
    )


def _state(each: Workflow) -> str:
    return "active" if each.active else "off"


def _dependencies(found: list[Workflow]) -> Section:
    lines = edges(found)
    picture = [Graph("Workflows, and the lists and campaigns between them", lines)] if lines else []
    return Section("Who hands over to whom", [*picture, Table(_HANDS, lines, shown=200, nothing="No workflow names another one.")])


def _who_stood_where(facts: Facts, found: list[Workflow], total: int) -> Section:
    """By person, where the export lists them: the workbook has them all."""
    if not total:
        text = "The exports do not list who stood at which step. Export that list at the freeze: once the account is closed it is gone."
        return Section(_WHO, [Paragraph(text, "notice")])
    people = Table(_PERSONS, lambda: map(enrolments.line, enrolments.standing(facts.project, found)), total=total, shown=40)
    return Section(_WHO, [Paragraph("Put them into the rebuilt automation by hand, or let them finish in the old one."), people])


def _one(each: Workflow) -> Section:
    counted = any(step.stood is not None for step in each.steps)
    steps = [(number, step.said, step.becomes, step.needs, step.stood) for number, step in enumerate(each.steps, start=1)]
    blocks: list[Block] = [
        Paragraph(f"Starts when: {each.trigger or 'not told'}. In Pipedrive: {each.starts}."),
        Paragraph(f"Only if: {'; '.join(each.conditions) or 'no conditions'}. {_standing(each)}"),
        Table((*_STEPS, _STOOD) if counted else _STEPS, steps if counted else [step[:-1] for step in steps], shown=100),
        *([Points([f"Cannot be rebuilt: {said}" for said in each.cannot])] if each.cannot else []),
        *(Paragraph(text, "notice") for text in each.warnings),
        Ticks([(False, "rebuilt", ""), (False, "fired once on a test record", "")]),
    ]
    return Section(each.name or each.key, blocks)


def _standing(each: Workflow) -> str:
    if each.standing is None:
        return "How many contacts stood in it is not told."
    elsewhere = (each.listed or 0) - sum(step.stood or 0 for step in each.steps)
    more = f", {elsewhere:,} of them at no step that is listed here" if each.listed and elsewhere > 0 else ""
    return f"{each.standing:,} contacts stood in it at the freeze{more}."
