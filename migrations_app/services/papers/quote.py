"""Estimate and quote: the token bill, the days on each plan, the price by the rate card."""

from migrations_app.rules.plans import PLANS
from migrations_app.services.papers import pricing
from migrations_app.services.papers.document import MONEY, NUMBER, Block, Chart, Column, Document, Figures, Paragraph, Section, Table
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.phases import phase_name
from migrations_app.services.wording import told


def build(facts: Facts) -> Document:
    words, figures = facts.words, facts.estimate
    offer = pricing.quote(facts)
    total = words.money(offer.total, facts.firm.currency) if offer.total is not None else "–"
    head = Figures(
        [
            (words.number(facts.records), "records to be made"),
            (words.number(figures["tokens"]), "API tokens"),
            (
                words.number(figures["days"]),
                told("days of loading on {plan}, {seats} seats", plan=plan_label(figures["plan"]), seats=words.number(figures["seats"])),
            ),
            (total, "price by the rate card"),
        ]
    )
    sections = [
        Section("In figures", [head, _basis(facts)]),
        Section("Records", [_records(facts)]),
        Section("What it costs in Pipedrive's tokens", _tokens(facts)),
        Section("How long on which plan", [_plans(facts), *_caps(facts)]),
        Section("Price", _price(facts, offer)),
    ]
    return facts.document("Estimate and quote", "What the move costs and how long loading takes.", sections)


def plan_label(name: str) -> str:
    return PLANS[name].label


def _basis(facts: Facts) -> Paragraph:
    if facts.typed is not None:
        return Paragraph("Computed from counts that were typed in, before any file. It is made again once the exports are here.", "notice")
    if not facts.force:
        return Paragraph("No export was taken in yet: type the counts, or take in a package, and make this paper again.", "notice")
    if facts.audit is None:
        return Paragraph("Computed from the rows in force. No audit has run yet: rows that never load are still counted.", "notice")
    return Paragraph("Computed from the rows in force, less what never loads and what is merged, with what is derived.", "dim")


def _records(facts: Facts) -> Table:
    columns = (Column("kind", width=24), Column("rows in the exports", NUMBER, 18), Column("records to be made", NUMBER, 18))
    names = dict.fromkeys([*facts.expected, *facts.kinds])
    return Table(columns, [(facts.label(name), facts.rows.get(name), facts.expected.get(name, 0)) for name in names])


def _tokens(facts: Facts) -> list[Block]:
    phases = {name: tokens for name, tokens in facts.estimate["phases"].items() if tokens}
    columns = (Column("phase", width=24), Column("tokens", NUMBER, 16))
    named = [(phase_name(name), tokens) for name, tokens in phases.items()]
    table = Table(columns, [*named, (told("In all"), facts.estimate["tokens"])])
    return [table, Chart("Tokens by phase", named)]


def _plans(facts: Facts) -> Table:
    columns = (Column("plan", width=16), Column("tokens a day", NUMBER, 16), Column("days of loading", NUMBER, 16))
    plans = facts.estimate["plans"]
    return Table(columns, [(plan_label(name), each["tokens_per_day"], each["days"]) for name, each in plans.items()])


def _caps(facts: Facts) -> list[Block]:
    words, figures = facts.words, facts.estimate
    said: list[Block] = [
        Paragraph(
            told(
                "With {seats} seats, {share} of the day's tokens left to the move.",
                seats=words.number(figures["seats"]),
                share=words.percent(figures["share"] / 100),
            ),
            "dim",
        )
    ]
    planned, most = figures["caps"]["deals"]["planned"], figures["caps"]["deals"]["most"]
    if planned > most:
        over = "{planned} deals are more than this plan holds ({most}). A larger plan, more seats, or old deals that stay behind."
        said.append(Paragraph(told(over, planned=words.number(planned), most=words.number(most)), "notice"))
    return said


def _price(facts: Facts, offer: pricing.Quote) -> list[Block]:
    if offer.empty:
        return [Paragraph("There is no rate card yet. It is kept under Firm; the price follows from it.", "notice")]
    if offer.singly:
        over = "More than {most} records: a move of this size is scoped singly. Please talk to us."
        return [Paragraph(told(over, most=facts.words.number(pricing.SINGLY)), "notice")]
    each, total = (told(head, currency=facts.firm.currency) for head in ("each ({currency})", "total ({currency})"))
    columns = (
        Column("item", width=36), Column("counted", width=34), Column("how many", NUMBER, 10), Column(each, MONEY, 14),
        Column(total, MONEY, 14),
    )  # fmt: skip
    rows = [(line.label, line.counted, line.quantity, line.amount, line.total) for line in offer.lines]
    note = "The price follows from these rules alone; no record is charged for. Taxes are not included."
    return [Table(columns, [*rows, (told("In all"), "", None, None, offer.total)]), Paragraph(note, "dim")]
