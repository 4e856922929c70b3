"""The final certificate: counts, totals, digest, second-pass proof, signatures."""

from collections.abc import Sequence
from typing import Any

from migrations_app.models import Approval, Run
from migrations_app.services.papers.document import Block, Column, Document, Figures, Paragraph, Section, Signatures, Table, Ticks
from migrations_app.services.papers.facts import Facts, for_the_firm, person, totals_in_words
from migrations_app.services.papers.phases import NOTHING_LOADED, counts_table, digests, phase_name
from migrations_app.services.verifying import imbalance
from migrations_app.services.wording import counted, told
from migrations_app.states import CORRECTION, TEST, RunState

WRITING = ("created", "updated", "removed")


def build(facts: Facts) -> Document:
    run = loaded(facts)
    if run is None:
        return facts.document(
            "Certificate", NOTHING_LOADED, [Section("Not yet", [Paragraph(f"{NOTHING_LOADED} There is nothing to certify.", "notice")])]
        )
    phases, words = facts.reports[run.pk], facts.words
    linked = sum(each["matched"] for each in phases)
    where = {"account": run.account.company_name or run.account.url, "role": told(run.account.get_role_display())}
    about = told("What was loaded into {account} ({role}), and how it was proved.", **where)
    figures = Figures(
        [
            (words.number(sum(_arrived(each) for each in phases)), "records stand in Pipedrive"),
            *([(words.number(linked), "of them were there before and are linked")] if linked else []),
            (words.number(sum(each.get("verified", 0) for each in phases)), "read back and compared"),
            (words.number(sum(each.get("differences", 0) for each in phases)), "values of ours that differ"),
            (words.number(sum(each.get("links_checked", 0) for each in phases)), "links checked"),
        ]
    )
    remarks: list[Block] = (
        [] if run.account.role == "production" else [Paragraph("This is the practice account, not production.", "notice")]
    )
    sections = [
        Section("In figures", [figures, _course(facts, run), *remarks]),
        Section("Counts", [counts_table(phases)]),
        Section("Totals", _totals(facts, run, phases)),
        Section("Proof", [Ticks(_proofs(facts, run, phases)), digests(phases)]),
        Section("Confirmed by name", [_confirmed(facts)]),
        Section("Signed", [_signatures(facts, run)]),
    ]
    return facts.document("Certificate", about, sections)


def loaded(facts: Facts) -> Run | None:
    """The run that wrote what is there: the newest finished one of production, else of staging."""
    for role in ("production", "staging"):
        runs = [run for run in facts.runs if run.account.role == role and _whole(run)]
        writing = [run for run in runs if _wrote(facts, run)]
        if runs:
            return (writing or runs)[-1]
    return None


def _whole(run: Run) -> bool:
    """A finished load of everything: no test run, no correction, no part."""
    return run.state == RunState.FINISHED and run.kind not in (CORRECTION, TEST) and not run.choice and not run.only_phase


def second_pass(facts: Facts, run: Run) -> Run | None:
    """A later full run on the same account that found nothing to do."""
    later = (each for each in facts.runs if each.pk > run.pk and each.account_id == run.account_id and _whole(each))
    return next((each for each in later if facts.reports[each.pk] and not _wrote(facts, each)), None)


def _wrote(facts: Facts, run: Run) -> int:
    return sum(phase[name] for phase in facts.reports[run.pk] for name in WRITING)


def _arrived(phase: dict[str, Any]) -> int:
    return int(phase["created"] + phase["updated"] + phase["unchanged"] + phase["matched"])


def _course(facts: Facts, run: Run) -> Paragraph:
    began, ended = facts.words.moment(run.started_at), facts.words.moment(run.finished_at) if run.finished_at else "–"
    return Paragraph(
        told("Run {run}, from {began} to {ended}, by map {map}.", run=run.pk, began=began, ended=ended, map=run.mapping.version)
    )


def _totals(facts: Facts, run: Run, phases: Sequence[dict[str, Any]]) -> list[Block]:
    """Amounts as they were sent, as they stood after it, and as the second pass found them once deals had their lines."""
    again = second_pass(facts, run)
    later = {each["object"]: each.get("totals", {}) for each in facts.reports[again.pk]} if again else {}
    columns = (
        Column("phase", width=14),
        Column("sent", width=32),
        Column("in Pipedrive", width=32),
        Column("at the second pass", width=32),
    )
    rows = [
        (
            phase_name(each["object"]),
            *(totals_in_words(facts.words, part) for part in (each["sent_totals"], each["totals"], later.get(each["object"], {}))),
        )
        for each in phases
        if each.get("totals")
    ]
    note = [Paragraph("A deal with lines is created with the value of the export; from then on Pipedrive lets it follow its lines.", "dim")]
    return [Table(columns, rows, nothing="No phase carries amounts of money."), *(note if rows else [])]


def _proofs(facts: Facts, run: Run, phases: Sequence[dict[str, Any]]) -> list[tuple[bool, str, str]]:
    words, again = facts.words, second_pass(facts, run)
    loaded_kinds = {each["of"] for each in phases}
    absent = [f"{facts.label(kind)}: {counted(facts.rows[kind], 'row')}" for kind in facts.kinds if kind in facts.moving - loaded_kinds]
    unread = [phase_name(each["object"]) for each in phases if not each.get("digest")]
    ours = sum(each.get("differences", 0) for each in phases)
    proof = "not done yet: load once more, nothing may be written"
    if again is not None:
        unchanged = sum(phase["unchanged"] for phase in facts.reports[again.pk])
        said = "run {run} on {day}: 0 created, 0 changed, {unchanged} unchanged"
        proof = told(said, run=again.pk, day=words.date(again.started_at), unchanged=words.number(unchanged))
    return [
        (
            not absent,
            "Every kind of record that the map moves was loaded",
            told("not loaded: {kinds}", kinds=", ".join(absent)) if absent else "",
        ),
        (all(not imbalance(each) for each in phases), "Every row of the kinds above is accounted for exactly once", ""),
        (not unread, "Every record was read back", told("not yet: {phases}", phases=", ".join(unread)) if unread else ""),
        (
            not unread and not ours,
            "Every value reads back as it was sent",
            told("{count} differ", count=words.number(ours)) if ours else "",
        ),
        (not any(each.get("strays") for each in phases), "No record is there twice", ""),
        (again is not None, "Second pass: loading again creates nothing", proof),
    ]


def _confirmed(facts: Facts) -> Table:
    columns = (
        Column("what", width=20),
        Column("account", width=26),
        Column("by", width=18),
        Column("on", width=20),
        Column("lines", width=60),
    )
    rows = [
        (
            told(each.what.replace("-", " ")),
            each.account.company_name or each.account.url,
            person(each.by),
            each.at,
            "; ".join(told(str(item)) for item in each.items),
        )
        for each in facts.confirmations
    ]
    return Table(columns, rows, nothing="Nobody has confirmed anything yet.")


def _signatures(facts: Facts, run: Run) -> Signatures:
    mapping = run.mapping
    approved = facts.words.date(mapping.approved_at) if mapping.approved_at else ""
    given = [(_signed(each), person(each.by), facts.words.date(each.at)) for each in facts.approvals]
    open_ = [("final acceptance, for the customer", "", ""), (for_the_firm(facts), "", "")]
    return Signatures([(told("approved map {version}", version=mapping.version), person(mapping.approved_by), approved), *given, *open_])


def _signed(approval: Approval) -> str:
    said = {"kind": told(approval.get_kind_display()), "run": approval.run.pk, "verdict": told(approval.get_verdict_display())}
    if approval.on_behalf_of:
        return told("{kind} of run {run}, {verdict} for {whom}", whom=approval.on_behalf_of, **said)
    return told("{kind} of run {run}, {verdict}", **said)
