from migrations_app.models.access import Forbidden, may, require, visible_to
from migrations_app.models.account import BudgetDay, PipedriveAccount
from migrations_app.models.approval import Approval, Confirmation
from migrations_app.models.conflict import Conflict
from migrations_app.models.counterpart import Counterpart
from migrations_app.models.course import CutoverStep, HypercareItem
from migrations_app.models.deal_campaign import DealCampaign
from migrations_app.models.decision import Decision, Question
from migrations_app.models.finding import Audit, Finding, FindingAnswer, FindingRow
from migrations_app.models.firm import Firm, Rate
from migrations_app.models.gathered import Gathered
from migrations_app.models.ledger import (
    TO_BE_SENT,
    UNSETTLED,
    Chosen,
    Difference,
    LinkEvent,
    LinkParent,
    RecordLink,
    RecordSource,
    SchemaChange,
)
from migrations_app.models.mapping import FieldRule, Mapping, ScopeRule, ValueRule
from migrations_app.models.paper import PaperIssue
from migrations_app.models.project import Membership, Project
from migrations_app.models.record import StagedRecord
from migrations_app.models.review import PinnedRecord, Remark
from migrations_app.models.run import Batch, Phase, Run
from migrations_app.models.suppression import SuppressionPass
from migrations_app.models.upload import SourceField, SourceTable, Upload, UploadFile

__all__ = [
    "TO_BE_SENT",
    "UNSETTLED",
    "Approval",
    "Audit",
    "Batch",
    "BudgetDay",
    "Chosen",
    "Confirmation",
    "Conflict",
    "Counterpart",
    "CutoverStep",
    "DealCampaign",
    "Decision",
    "Difference",
    "FieldRule",
    "Finding",
    "FindingAnswer",
    "FindingRow",
    "Firm",
    "Forbidden",
    "Gathered",
    "HypercareItem",
    "LinkEvent",
    "LinkParent",
    "Mapping",
    "Membership",
    "PaperIssue",
    "Phase",
    "PinnedRecord",
    "PipedriveAccount",
    "Project",
    "Question",
    "Rate",
    "RecordLink",
    "RecordSource",
    "Remark",
    "Run",
    "SchemaChange",
    "ScopeRule",
    "SourceField",
    "SourceTable",
    "StagedRecord",
    "SuppressionPass",
    "Upload",
    "UploadFile",
    "ValueRule",
    "may",
    "require",
    "visible_to",
]
