"""The fit page: what fits directly, what in another form, what not; the grade; the calendar."""

from migrations_app.services.papers import grading
from migrations_app.services.papers.document import NUMBER, PERCENT, Chart, Column, Document, Figures, Paragraph, Section, Table
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.scope import NOTHING_YET
from migrations_app.services.wording import told


def build(facts: Facts) -> Document:
    if not facts.force:
        return facts.document("How well it fits", NOTHING_YET, [])
    fits, grade, steps = grading.fits(facts), grading.grade(facts), grading.calendar(facts)
    here = [each for each in fits if each.verdict != grading.NOT_HERE]
    about = told("{source} and Pipedrive side by side, computed from the exports that have arrived.", source=facts.source.label)
    counted = [(str(sum(1 for each in here if each.verdict == verdict)), verdict) for verdict in _VERDICTS]
    figures = Figures(
        [(grade.letter if grade else "–", "grade"), *counted, (str(sum(days for _, days, _ in steps)), "working days in all")]
    )
    sections = [Section("In short", [figures]), Section("Kind by kind", [_objects(facts, fits)])]
    moving = [each for each in here if each.object in facts.moving]
    if moving:
        bars = [(facts.label(each.object), each.carried) for each in moving]
        sections[1] = Section("Kind by kind", [_objects(facts, fits), Chart("Values that have a place in Pipedrive", bars, PERCENT)])
    sections += [Section("The grade", _grade(facts, grade)), Section("The calendar", [_calendar(steps)])]
    return facts.document("How well it fits", about, sections)


_VERDICTS = (grading.DIRECT, grading.ADAPTED, grading.NOT_POSSIBLE)


def _objects(facts: Facts, fits: list[grading.Fit]) -> Table:
    columns = (
        Column("kind", width=18), Column("rows", NUMBER, 10), Column("fit", width=16), Column("values with a place", PERCENT, 12),
        Column("why", width=60),
    )  # fmt: skip
    rows = [
        (facts.label(each.object), each.rows or None, told(each.verdict), each.carried if each.object in facts.moving else None, each.why)
        for each in fits
    ]
    return Table(columns, rows)


def _grade(facts: Facts, grade: grading.Grade | None) -> list[Paragraph | Table]:
    if grade is None:
        return [Paragraph("There is no map yet, so there is nothing to grade.", "notice")]
    columns = (Column("what counts", width=44), Column("share", PERCENT, 12), Column("weight", NUMBER, 10), Column("points", NUMBER, 10))
    rows = [(told(what), share, weight, round(share * weight, 1)) for what, share, weight in grade.parts]
    limits = ", ".join(told("{letter} from {points}", letter=letter, points=points) for points, letter in grading.GRADES)
    points = facts.words.number(round(grade.score, 1))
    said: list[Paragraph | Table] = [
        Paragraph(told("Grade {letter}: {points} of 100 points. {limits}.", letter=grade.letter, points=points, limits=limits), "strong"),
        Table(columns, rows),
    ]
    if facts.audit is None:
        said.append(Paragraph("No audit has run yet: until then every row counts as one that loads and needs no decision.", "notice"))
    return [*said, Paragraph(told("Points: {formula}", formula=_formula(facts, grade)), "dim")]


def _formula(facts: Facts, grade: grading.Grade) -> str:
    """What anybody can work out again: weight × share, added up."""
    number = facts.words.number
    return " + ".join(f"{weight} × {number(round(share, 3))}" for _, share, weight in grade.parts) + f" = {number(round(grade.score, 1))}"


def _calendar(steps: list[tuple[str, int, str]]) -> Table:
    columns = (
        Column("step", width=34),
        Column("working days", NUMBER, 12),
        Column("from day", NUMBER, 10),
        Column("follows from", width=52),
    )
    rows, day = [], 1
    for step, days, why in steps:
        rows.append((told(step), days, day, told(why)))
        day += days
    return Table(columns, rows)
