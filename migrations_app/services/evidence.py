"""What the audit hands to those who listen (`hooks.announce("audit_finished", audit, evidence)`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class OrphanFacts:
    """A deal without a usable company. `kind` is the finding's code (`no_company_no_contact`, ...)."""

    key: str
    label: str
    kind: str
    company_text: str = ""  # what the deal says, where that is nobody we know
    contact_key: str = ""  # the deal's contact, if it exists and loads
    contact_label: str = ""
    contact_company_key: str = ""  # that contact's company, if it exists and loads
    contact_company_label: str = ""
    similar_key: str = ""  # a company whose name is close to company_text
    similar_label: str = ""
    similarity: float = 0.0
    status: str = "open"
    value: str = ""
    currency: str = ""
    pipeline: str = ""
    owner_text: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """One owner text as printed (`folded`: case and blanks off). `email` where it is exactly one user of the source."""

    text: str
    folded: str
    by_object: Mapping[str, int]
    email: str = ""
    candidates: Sequence[str] = ()
    active: bool = True
    open_rows: int = 0  # deals and activities among the rows
    closed_rows: int = 0

    @property
    def rows(self) -> int:
        return sum(self.by_object.values())


@dataclass(frozen=True, slots=True)
class ClusterMember:
    key: str
    label: str
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Records that may be one. `survivor` is the key that the others would be merged into; it is among the members."""

    object: str  # companies | contacts
    survivor: str
    strength: str  # same | doubtful
    reason: str  # "same web address irontimber.example"
    members: Sequence[ClusterMember]


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """A question as the audit sees it now; `subject` stays the same from audit to audit."""

    kind: str
    object: str
    subject: str
    text: str
    choices: Sequence[tuple[str, str]]  # value, label
    suggestion: str = ""
    confidence: float = 0.0
    reason: str = ""
    safe_default: str = ""
    blocking: bool = True
    rows: int = 0
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuickBooksFacts:
    """One field of one record in which the CRM and QuickBooks differ; `kind` as in rules.quickbooks."""

    object: str
    key: str
    label: str
    field: str
    rule: str  # the project's setting that decides unless a person does
    kind: str
    crm: str
    quickbooks: str
    list_id: str = ""
    transactions: bool | None = None
    suggestion: str = ""
    confidence: float = 0.0
    reason: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """A deal whose value is another one than its lines come to; amounts as text, `cause` one of rules.lines."""

    key: str
    label: str
    status: str
    value: str
    total: str
    currency: str
    lines: int
    cause: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    orphans: Sequence[OrphanFacts]
    owners: Sequence[OwnerFacts]
    clusters: Sequence[ClusterFacts]
    questions: Sequence[QuestionFacts]
    quickbooks: Sequence[QuickBooksFacts] = ()
    values: Sequence[ValueFacts] = ()
