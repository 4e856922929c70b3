"""What people's answers do to a record, and what has to be asked about it in the first place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from migrations_app.rules.keys import fit
from migrations_app.rules.spec import Draft, Issue
from migrations_app.rules.transforms.words import fold

# Questions by the code of the issue that they answer. Those about columns are answered when rules are compiled.
OF_COLUMN = ("ambiguous_date", "ambiguous_percent")
OF_RECORD = ("no_title", "bad_amount")
OF_VALUE = ("unknown_status", "unknown_currency", "no_currency")
OF_PRODUCT = "unknown_product"  # settled where lines are planned
STAGE = "stage"
KINDS = (*OF_COLUMN, *OF_RECORD, *OF_VALUE, STAGE)

Answers = Mapping[str, Mapping[tuple[str, str], str]]  # {kind: {(object, subject): choice}}
EMPTY, SKIP = "empty", "skip"


@dataclass(slots=True)
class Ruling:
    """What became of a draft's questions. `open` are those that nobody answered; `skip` is the reason to leave the record out."""

    open: list[str] = field(default_factory=list)
    provisional: list[str] = field(default_factory=list)
    skip: str = ""


def subject_of(issue: Issue, key: str) -> str:
    """What a question about this issue is called: the column, the record, or the value; the same from audit to audit."""
    if issue.code in OF_COLUMN:
        return issue.field
    if issue.code == OF_PRODUCT:
        return product_subject(str(issue.value))
    return key if issue.code in OF_RECORD else str(issue.value)


def product_subject(text: str) -> str:
    """One question for all lines that call a product so."""
    return fit(fold(text) or text.strip())


def bearing(kind: str, text: str, choices: Iterable[str]) -> str:
    """A fingerprint of what an answer rests on: what may be answered, and the text, unless it only quotes an example."""
    said = "" if kind in OF_COLUMN else text
    return blake2b("\x1f".join([said, *sorted(choices)]).encode(errors="replace"), digest_size=16).hexdigest()


def stage_subject(pipeline: str, stage: str) -> str:
    return f"{pipeline} / {stage}"


def apply(draft: Draft, object: str, key: str, answers: Answers, provisional: bool) -> Ruling:
    """Put the answers into the draft (in place). With `provisional`, safe readings stand in for answers that are missing."""
    ruling = Ruling()
    for issue in draft.issues:
        if issue.severity != "decide" or issue.code not in KINDS:
            continue
        choice = answers.get(issue.code, {}).get((object, subject_of(issue, key)), "")
        if not choice and provisional:
            choice = _SAFE.get(issue.code, "")
            ruling.provisional.append(issue.code)
        if not choice:
            ruling.open.append(issue.code)
        elif choice == SKIP:
            ruling.skip = f"{issue.code}: left out by decision"
        else:
            _put(draft, issue, choice, key)
    return ruling


_SAFE = {"no_title": "key", "bad_amount": EMPTY, "ambiguous_date": EMPTY, "ambiguous_percent": EMPTY}


def _put(draft: Draft, issue: Issue, choice: str, key: str) -> None:
    if issue.code == "no_title":
        company = draft.references.get("company_name", "")
        draft.values["title"] = f"Deal of {company}" if choice == "company" and company else f"Deal {key}"
    elif issue.code in ("unknown_currency", "no_currency") and choice != EMPTY:
        draft.values["currency"] = choice
