"""Which questions an audit has to ask, in words that people can answer without knowing the program."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from migrations_app.models import Project
from migrations_app.rules import answers, left_out
from migrations_app.rules.spec import Issue
from migrations_app.rules.suggest import is_bare_id
from migrations_app.services import rows
from migrations_app.services.evidence import QuestionFacts
from migrations_app.services.stages import StageIndex
from migrations_app.services.wording import plain

COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CHF")
EXAMPLES = 5
LOAD_WITHOUT, LEAVE_OUT = (answers.EMPTY, "load without this value"), (answers.SKIP, "leave the record out")


class Collector:
    """Gathers one question per subject; each further row with the same trouble only counts."""

    def __init__(self, project: Project, stages: StageIndex) -> None:
        self._project = project
        self._stages = stages
        self._found: dict[tuple[str, str, str], QuestionFacts] = {}

    def add(self, object: str, row: rows.SourceRow, cells: Mapping[str, str], issue: Issue) -> None:
        facts = self._ask(object, row, cells, issue)
        if facts is not None:
            self._count(facts, row)

    def repeated(self, object: str, row: rows.SourceRow, first: rows.SourceRow, issue: Issue) -> None:
        if issue.code != "duplicate_id_conflict":
            return
        differing = [
            f"{header}: “{mine[:60]}” or “{other[:60]}”"
            for header, mine, other in zip(row.table.headers, first.cells, row.cells, strict=False)
            if mine != other
        ]
        self._count(
            QuestionFacts(
                issue.code,
                object,
                row.key,
                f"The id {row.key} stands twice in {object}, with different content. Which line counts?",
                (
                    (first.content_hash, f"line {first.line} of {first.table} (the first)"),
                    (row.content_hash, f"line {row.line} of {row.table}"),
                ),
                suggestion=first.content_hash,
                confidence=0.5,
                reason="; ".join(differing[:EXAMPLES]),
                safe_default=first.content_hash,
                blocking=False,
            ),
            row,
        )

    def facts(self) -> list[QuestionFacts]:
        return list(self._found.values())

    def _count(self, facts: QuestionFacts, row: rows.SourceRow) -> None:
        mark = (facts.kind, facts.object, facts.subject)
        known = self._found.get(mark, facts)
        seen: list[Any] = list(known.evidence.get("examples", ()))
        if len(seen) < EXAMPLES:
            seen.append({"key": row.key, "label": row.label, "line": row.line})
        self._found[mark] = replace(known, rows=known.rows + 1, evidence={**known.evidence, "examples": seen})

    # --- one kind of question each ---------------------------------------------------------------------------------------

    def _ask(self, object: str, row: rows.SourceRow, cells: Mapping[str, str], issue: Issue) -> QuestionFacts | None:
        if object == "attachments" and issue.code in (*left_out.HELD, *left_out.DOUBTFUL):
            return self._file(row, issue)
        if issue.severity != "decide":
            return None
        subject = answers.subject_of(issue, row.key)
        if issue.code in ("unknown_stage", "stage_of_other_pipeline"):
            return self._stage(object, cells)
        if issue.code == "unknown_company" and object == "contacts":
            return self._company(object, row.key, issue)
        if issue.code == answers.OF_PRODUCT:
            return self._product(object, issue, subject)
        asked = _PLAIN.get(issue.code)
        if asked is not None:
            text = asked.text.format(key=row.key, label=row.label, value=issue.value, field=issue.field)
            return replace(asked, object=object, subject=subject, text=text)
        if issue.code in ("no_currency", "unknown_currency"):
            return self._currency(object, issue, subject)
        return None

    def _stage(self, object: str, cells: Mapping[str, str]) -> QuestionFacts:
        pipeline, stage = cells.get("pipeline", ""), cells.get("stage", "")
        choices = [(answers.stage_subject(each.pipeline, each.name),) * 2 for each in self._stages.stages]
        elsewhere, first = self._stages.elsewhere(stage), self._stages.first_of(pipeline)
        suggested = elsewhere[0] if elsewhere else first
        sure, why = (0.6, f"“{stage}” is a stage of {elsewhere[0].pipeline}") if elsewhere else (0.3, f"the first stage of {pipeline}")
        return QuestionFacts(
            answers.STAGE,
            object,
            answers.stage_subject(pipeline, stage),
            f"Deals stand in stage “{stage}” of pipeline “{pipeline}”, which the list of stages does not have. Which stage is meant?",
            choices,
            suggestion=answers.stage_subject(suggested.pipeline, suggested.name) if suggested else "",
            confidence=sure if suggested else 0.0,
            reason=why if suggested else "",
        )

    def _company(self, object: str, key: str, issue: Issue) -> QuestionFacts:
        return QuestionFacts(
            issue.code,
            object,
            key,
            f"Contact {key} belongs to “{issue.value}”, which is not among the companies. What should become of the link?",
            (("none", "load the person without a company"), ("create", "make an organization of that name")),
            suggestion="none",
            confidence=0.6,
            reason="the export holds no such company",
            safe_default="none",
        )

    def _file(self, row: rows.SourceRow, issue: Issue) -> QuestionFacts:
        policy, hosted = self._project.setting("left_out_files"), self._project.setting("file_link")
        doubtful = ((left_out.LOAD, "load it as it is"),) if issue.code in left_out.DOUBTFUL else ()
        link = ((left_out.LINK, "a note on its record links to where it is hosted"),) if hosted else ()
        suggestion = left_out.default(issue.code, policy)
        return QuestionFacts(
            left_out.QUESTION,
            "attachments",
            row.key,
            f"The file {row.key} (“{row.label}”) cannot go as it is: {plain(issue.code)}. What becomes of it?",
            (*doubtful, (left_out.ZIP, "hand it out in a zip with an index"), *link, (left_out.SKIP, "leave it out")),
            suggestion=suggestion,
            confidence=0.7,
            reason="its name and record arrive, whatever it holds" if doubtful else "the rule of the project for such files",
            safe_default=suggestion,
            blocking=False,
        )

    def _product(self, object: str, issue: Issue, subject: str) -> QuestionFacts:
        """A name can become a product; an id alone, or nothing, names none that anybody would want in a price list."""
        text = str(issue.value)
        named = bool(text) and not is_bare_id(text)
        named_by = f"name “{text}”, which is not in the price list" if text else "name no product"
        generic = ("generic", "load them with one product for all such lines")
        return QuestionFacts(
            issue.code,
            object,
            subject,
            f"Lines of deals {named_by}. Pipedrive takes no line without a product. What should become of them?",
            [*([("make", "make a product of that name")] if named else []), generic, (answers.SKIP, "leave these lines out")],
            suggestion="make" if named else "generic",
            confidence=0.7,
            reason="the line says what was sold" if named else "the line keeps its price and quantity",
            safe_default=answers.SKIP,
        )

    def _currency(self, object: str, issue: Issue, subject: str) -> QuestionFacts:
        known = dict.fromkeys(code for code in (self._project.currency, *COMMON_CURRENCIES) if code)
        return QuestionFacts(
            issue.code,
            object,
            subject,
            f"Amounts have no currency that Pipedrive knows (“{issue.value}”). Which one is meant?",
            [(code, code) for code in known],
            suggestion=self._project.currency,
            confidence=0.7 if self._project.currency else 0.0,
            reason="the project's currency" if self._project.currency else "",
        )


def _plain(
    kind: str, text: str, *choices: tuple[str, str], suggestion: str = "", sure: float = 0.0, safe: str = "", why: str = ""
) -> QuestionFacts:
    return QuestionFacts(kind, "", "", text, choices, suggestion, sure, why, safe)


_PLAIN: dict[str, QuestionFacts] = {
    facts.kind: facts
    for facts in (
        _plain(
            "no_title",
            "Deal {key} has no title. What should it be called?",
            ("key", "Deal and its id"),
            ("company", "Deal of its company, if the export names one"),
            LEAVE_OUT,
            suggestion="key",
            sure=0.7,
            safe="key",
            why="the id is always there",
        ),
        _plain(
            "bad_amount",
            "The amount of {key} ({label}) says “{value}”. What should be loaded?",
            LOAD_WITHOUT,
            LEAVE_OUT,
            suggestion=answers.EMPTY,
            sure=0.7,
            safe=answers.EMPTY,
            why="a value can be added later in Pipedrive",
        ),
        _plain(
            "ambiguous_date",
            "Dates in “{field}” such as {value} can be read both ways. What comes first?",
            ("dmy", "the day: 03/04 is 3 April"),
            ("mdy", "the month: 03/04 is 4 March"),
            (answers.EMPTY, "nobody knows: leave those dates empty"),
            safe=answers.EMPTY,
        ),
        _plain(
            "ambiguous_percent",
            "“{field}” holds only 0 and 1. Is 1 one percent or all of it?",
            ("100", "1 is one percent"),
            ("1", "1 is 100 percent"),
            (answers.EMPTY, "leave it empty"),
            safe=answers.EMPTY,
        ),
        _plain(
            "unknown_status",
            "Deals have the status “{value}”. What is that?",
            ("open", "open"),
            ("won", "won"),
            ("lost", "lost"),
            LEAVE_OUT,
            suggestion="open",
            sure=0.4,
            why="an open deal can be closed later",
        ),
    )
}
