"""The phase reconciliation reports: every run, phase by phase, each row of the files in exactly one column."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from migrations_app.models import Difference, Run
from migrations_app.services.papers.document import NUMBER, Block, Column, Document, Paragraph, Section, Table
from migrations_app.services.papers.facts import Facts, totals_in_words
from migrations_app.services.verifying import imbalance
from migrations_app.services.wording import plain, told

OUTCOMES = ("created", "updated", "unchanged", "matched", "merged", "refused", "waiting", "removed")
READ = ("verified", "differences", "edited", "gone", "strays", "links_checked")
DIFFERENCE_FIELDS = ("phase__entity", "link__key", "pipedrive_id", "kind", "field", "sent", "live")
NOTHING_LOADED = "Nothing was loaded yet."


def build(facts: Facts) -> Document:
    about = "What the files hold, what the program did with it, and what stands in Pipedrive: three counts that have to agree."
    if not facts.runs:
        return facts.document("Phase reports", about, [Section("Runs", [Paragraph(NOTHING_LOADED, "notice")])])
    sections = [Section(_title(run), _run(facts, run)) for run in reversed(facts.runs)]
    return facts.document("Phase reports", about, sections)


def _title(run: Run) -> str:
    said = {"role": told(run.account.get_role_display()), "state": told(run.get_state_display())}
    return told("Run {run}, {role}: {state}", run=run.pk, **said)


def _run(facts: Facts, run: Run) -> list[Block]:
    phases, words = facts.reports[run.pk], facts.words
    said = "Began {moment}, map {map}, {tokens} tokens."
    began = told(said, moment=words.moment(run.started_at), map=run.mapping.version, tokens=words.number(run.tokens))
    count = Difference.objects.filter(phase__run=run).count()
    columns = (
        Column("phase", width=14), Column("record", width=24), Column("Pipedrive id", width=14), Column("kind", width=12),
        Column("field", width=22), Column("sent", width=30), Column("there", width=30),
    )  # fmt: skip
    differences = Table(
        columns, partial(_differences, run.pk), total=count, shown=20, nothing="Nothing reads back otherwise than it was sent."
    )
    return [
        Paragraph(f"{began} {run.reason}".strip(), "dim"),
        counts_table(phases),
        Paragraph("Read back from Pipedrive", "strong"),
        _read_back(facts, phases),
        digests(phases),
        Paragraph("Left out, by reason", "strong"),
        _skipped(phases),
        Paragraph("Differences", "strong"),
        differences,
    ]


def phase_name(entity: str) -> str:
    return told(entity.replace("_", " ").capitalize())


def counts_table(phases: list[dict[str, Any]]) -> Table:
    """Rows of the files and what is made beside them, what became of all these, and whether that adds up."""
    columns = (
        Column("phase", width=16), Column("in the files", NUMBER, 11), Column("made from them", NUMBER, 11),
        *(Column(name, NUMBER, 10) for name in OUTCOMES),
        Column("left out", NUMBER, 10), Column("adds up", width=12),
    )  # fmt: skip
    rows = [
        (
            phase_name(each["object"]), each["source"] - each.get("derived", 0), each.get("derived", 0),
            *(each[name] for name in OUTCOMES), sum(each["skipped"].values()),
            told("yes") if not imbalance(each) else told("{count} missing", count=imbalance(each)),
        )
        for each in phases
    ]  # fmt: skip
    return Table(columns, rows, nothing="No phase was planned.")


def _read_back(facts: Facts, phases: list[dict[str, Any]]) -> Table:
    columns = (
        Column("phase", width=14), *(Column(name.replace("_", " "), NUMBER, 10) for name in READ), Column("totals sent", width=24),
        Column("totals there", width=24),
    )  # fmt: skip
    rows = [
        (
            phase_name(each["object"]), *(each.get(name, 0) for name in READ),
            totals_in_words(facts.words, each.get("sent_totals", {})),
            totals_in_words(facts.words, each.get("totals", {})),
        )
        for each in phases
        if each.get("digest")
    ]  # fmt: skip
    return Table(columns, rows, nothing="Nothing was read back yet.")


def digests(phases: Sequence[dict[str, Any]]) -> Table:
    """One digest a phase, over every row that was read back."""
    columns = (Column("phase", width=16), Column("records", NUMBER, 12), Column("digest over all rows", width=68))
    rows = [(phase_name(each["object"]), each["verified"], each["digest"]) for each in phases if each.get("digest")]
    return Table(columns, rows, nothing="There is no digest yet.")


def _skipped(phases: list[dict[str, Any]]) -> Table:
    columns = (Column("phase", width=16), Column("reason", width=50), Column("rows", NUMBER, 10))
    rows = [(phase_name(each["object"]), plain(reason), count) for each in phases for reason, count in each["skipped"].items()]
    return Table(columns, rows, nothing="Nothing was left out.")


def _differences(run: int) -> Iterator[Any]:
    rows = Difference.objects.filter(phase__run=run).order_by("pk").values_list(*DIFFERENCE_FIELDS)
    return ((phase_name(entity), (key or "").partition(":")[2], *rest) for entity, key, *rest in rows.iterator(2000))
