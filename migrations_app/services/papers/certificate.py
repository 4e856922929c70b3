"""The final certificate: counts, totals, digest, second-pass proof, signatures."""

from collections.abc import Sequence
from typing import Any

from migrations_app.models import Run
from migrations_app.services.papers.document import Block, Column, Document, Figures, Paragraph, Section, Signatures, Table, Ticks
from migrations_app.services.papers.facts import Facts, totals_in_words
from migrations_app.services.papers.phases import NOTHING_LOADED, counts_table, digests
from migrations_app.services.verifying import imbalance
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
    about = f"What was loaded into {run.account.company_name or run.account.url} ({run.account.role}), and how it was proved."
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
        Section("In figures", [figures, *remarks]),
        Section("Counts", [counts_table(phases)]),
        Section("Totals", [_totals(facts, phases)]),
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


def _totals(facts: Facts, phases: Sequence[dict[str, Any]]) -> Table:
    columns = (Column("phase", width=16), Column("sent", width=40), Column("in Pipedrive", width=40))
    rows = [
        (each["object"].replace("_", " "), totals_in_words(facts.words, each["sent_totals"]), totals_in_words(facts.words, each["totals"]))
        for each in phases
        if each.get("totals")
    ]
    return Table(columns, rows, nothing="No phase carries amounts of money.")


def _proofs(facts: Facts, run: Run, phases: Sequence[dict[str, Any]]) -> list[tuple[bool, str, str]]:
    words, again = facts.words, second_pass(facts, run)
    loaded_kinds = {each["of"] for each in phases}
    absent = [f"{facts.label(kind)}: {words.number(facts.rows[kind])} rows" for kind in facts.kinds if kind in facts.moving - loaded_kinds]
    unread = [each["object"] for each in phases if not each.get("digest")]
    ours = sum(each.get("differences", 0) for each in phases)
    proof = "not done yet: load once more, nothing may be written"
    if again is not None:
        unchanged = sum(phase["unchanged"] for phase in facts.reports[again.pk])
        proof = f"run {again.pk} on {words.date(again.started_at)}: 0 created, 0 changed, {words.number(unchanged)} unchanged"
    return [
        (not absent, "Every kind of record that the map moves was loaded", f"not loaded: {', '.join(absent)}" if absent else ""),
        (all(not imbalance(each) for each in phases), "Every row of the kinds above is accounted for exactly once", ""),
        (not unread, "Every record was read back", f"not yet: {', '.join(unread)}" if unread else ""),
        (not unread and not ours, "Every value reads back as it was sent", f"{words.number(ours)} differ" if ours else ""),
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
            each.what.replace("-", " "),
            str(each.account),
            each.by.get_username() if each.by else "",
            each.at,
            "; ".join(map(str, each.items)),
        )
        for each in facts.confirmations
    ]
    return Table(columns, rows, nothing="Nobody has confirmed anything yet.")


def _signatures(facts: Facts, run: Run) -> Signatures:
    mapping = run.mapping
    approver = mapping.approved_by.get_username() if mapping.approved_by else ""
    approved = facts.words.date(mapping.approved_at) if mapping.approved_at else ""
    given = [
        (
            f"{each.get_kind_display()} of {each.run}, {each.get_verdict_display()}"
            + (f" for {each.on_behalf_of}" if each.on_behalf_of else ""),
            each.by.get_username() if each.by else "",
            facts.words.date(each.at),
        )
        for each in facts.approvals
    ]
    open_ = [("final acceptance, for the customer", "", ""), (f"for {facts.firm.name or 'the firm'}", "", "")]
    return Signatures([(f"approved map {mapping.version}", approver, approved), *given, *open_])
