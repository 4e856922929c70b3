"""How well a move fits: each object direct, adapted or not possible; a grade from A to E with its formula; a calendar."""

from dataclasses import dataclass

from migrations_app.models import Finding
from migrations_app.rules.plans import PLANS
from migrations_app.rules.propose import DEFINITIONS
from migrations_app.services.papers.facts import Facts
from migrations_app.services.wording import counted, told

DIRECT, ADAPTED, NOT_POSSIBLE, NOT_HERE = "direct", "adapted", "not possible", "not in the exports"
ADAPTING = frozenset({"yes_no", "status", "percent", "name_part", "full_name", "address_part"})
GRADES = ((95, "A"), (85, "B"), (70, "C"), (50, "D"), (0, "E"))
ANSWERS_A_DAY = 150

# What becomes of an object that moves, and what is different about it in Pipedrive.
FATES: dict[str, tuple[str, str]] = {
    "companies": (DIRECT, "Each becomes an organization."),
    "contacts": (DIRECT, "Each becomes a person, linked to its organization."),
    "deals": (ADAPTED, "Each becomes a deal in its pipeline and stage; its creation date goes into a field of its own."),
    "products": (DIRECT, "Each becomes a product with a price per currency."),
    "line_items": (ADAPTED, "Each becomes a product of its deal; Pipedrive lets the value of a deal follow its products."),
    "activities": (
        ADAPTED,
        "Each becomes an activity, a done call by choice a call log; neither has own fields, so outcomes go into type, outcome or note.",
    ),
    "notes": (ADAPTED, "Each becomes a note with author and time; markup is kept as far as Pipedrive allows it."),
    "attachments": (ADAPTED, "Each becomes a file at its record; what is too large or of a barred type is listed or linked."),
    "pipelines": (DIRECT, "Each becomes a pipeline with its stages, made before the load."),
    "owners": (ADAPTED, "Users are matched by e-mail address; new ones are invited by the customer."),
    "users": (ADAPTED, "Users are matched by e-mail address; new ones are invited by the customer."),
    "custom_fields": (ADAPTED, "Each becomes a field of the nearest type that Pipedrive has."),
    "quickbooks": (ADAPTED, "What QuickBooks has otherwise is settled field by field; who is only there is left out unless you say so."),
    "campaigns": (ADAPTED, "Campaigns become values of fields and a note with their history."),
    "campaign_members": (ADAPTED, "Memberships become options of a field on the person."),
    "email_sends": (ADAPTED, "Sends become counters on the person, and activities as far as the project wants them."),
    "suppression": (ADAPTED, "Suppressions become flags on the person; the marketing status is set last, after approval."),
    "templates": (NOT_POSSIBLE, "Pipedrive takes no templates from outside: they are handed over as files."),
    "enrolments": (NOT_POSSIBLE, "Nobody is put into an automation from outside: the Rebuild Guide lists who stood where."),
    "workflows": (NOT_POSSIBLE, "Pipedrive takes no automations from outside: they are written down and rebuilt by hand."),
}


@dataclass(frozen=True, slots=True)
class Fit:
    object: str
    verdict: str
    why: str
    rows: int
    carried: float  # share of the values that have a place
    adapted: int  # columns that change their form


@dataclass(frozen=True, slots=True)
class Grade:
    letter: str
    score: float
    parts: list[tuple[str, float, int]]  # what, share from 0 to 1, weight


def fits(facts: Facts) -> list[Fit]:
    """One line for each object that the source knows or the exports hold."""
    names = dict.fromkeys([*(spec.name for spec in facts.source.objects), *facts.force])
    return [_fit(facts, object) for object in names]


def _fit(facts: Facts, object: str) -> Fit:
    if object not in facts.force:
        return Fit(object, NOT_HERE, told("No list of these has arrived."), 0, 0.0, 0)
    verdict, why = FATES.get(object, (NOT_POSSIBLE, "Pipedrive has nothing of that kind; the rows are kept with the export."))
    columns, why = facts.columns[object], told(why)
    if object in DEFINITIONS:
        return Fit(object, verdict, why, facts.rows[object], 1.0, 0)
    adapted = sum(1 for each in columns if each.moves and each.rule and each.rule.transform in ADAPTING)
    if object in facts.gathered:
        return Fit(
            object, ADAPTED, told("{why} Fields: {fields}.", why=why, fields=", ".join(facts.gathered[object])), facts.rows[object], 0.0, 0
        )
    if object not in facts.moving:
        said = why if verdict == NOT_POSSIBLE else f"{told('The map of this move has no place for them yet.')} {why}"
        return Fit(object, NOT_POSSIBLE, said, facts.rows[object], 0.0, 0)
    left = [each for each in columns if each.filled and not each.read]
    if left:
        verdict = ADAPTED
        why += " " + told("{left} of {all} columns have no place.", left=len(left), all=len(columns))
    filled = sum(each.filled for each in columns)
    carried = sum(each.filled for each in columns if each.read) / filled if filled else 1.0
    return Fit(object, verdict, why, facts.rows[object], carried, adapted)


def grade(facts: Facts) -> Grade | None:
    """From what the exports hold; None before there is a map."""
    if not facts.moving:
        return None
    shares = [
        ("values of the columns that have a place in Pipedrive", _carried(facts), 40),
        ("rows that load", 1 - _found(facts, Finding.Severity.REJECT), 25),
        ("rows that need no decision", 1 - _found(facts, Finding.Severity.DECIDE), 20),
        ("kinds of records that move", _kinds(facts), 15),
    ]
    score = sum(share * weight for _, share, weight in shares)
    return Grade(next(letter for least, letter in GRADES if score >= least), score, shares)


def _kinds(facts: Facts) -> float:
    moving = [object for object in facts.kinds if object in facts.moving or object in facts.gathered]
    return len(moving) / len(facts.kinds) if facts.kinds else 1.0


def _carried(facts: Facts) -> float:
    """Of the objects whose values travel one by one, not of those that are summed up."""
    columns = [each for object in facts.kinds if object not in facts.gathered for each in facts.columns[object]]
    filled = sum(each.filled for each in columns)
    return sum(each.filled for each in columns if each.read and each.object in facts.moving) / filled if filled else 1.0


def _found(facts: Facts, severity: str) -> float:
    """Share of the rows with a finding of that severity; a row with two of them counts twice, at most all rows do."""
    rows = sum(facts.rows[object] for object in facts.kinds)
    found = sum(each.count for each in facts.findings if each.severity == severity and each.object in facts.kinds)
    return min(1.0, found / rows) if rows else 0.0


def calendar(facts: Facts) -> list[tuple[str, int, str]]:
    """(step, working days, from what that follows)."""
    waiting = sum(facts.waiting.values())
    answers = -(-waiting // ANSWERS_A_DAY)
    load = max(1, int(facts.estimate["days"])) if facts.records else 0
    words, figures = facts.words, facts.estimate
    on = {"tokens": words.number(figures["tokens"]), "plan": PLANS[figures["plan"]].label, "seats": words.number(figures["seats"])}
    answered = {"waiting": words.number(waiting), "a_day": ANSWERS_A_DAY}
    return [
        ("exports complete", 0 if facts.force else 2, "they are here" if facts.force else "a day to export, a day to ask back"),
        ("map looked at and approved", 1, counted(len(facts.rules), "column")),
        ("test run and review", 2, "one day to load and compare, one for the customer to look"),
        ("decisions", answers, told("{waiting} wait; {a_day} a day, most of them in bulk", **answered)),
        ("sign-off", 1, "known losses line by line"),
        ("load", load, told("{tokens} tokens on {plan} with {seats} seats", **on)),
        ("last export, delta, comparison, going live", 2, "over a weekend"),
        ("first week with company", 5, "what people find is put right"),
    ]
