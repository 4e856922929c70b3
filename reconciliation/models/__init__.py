from reconciliation.models.duplicate import DuplicateCluster, DuplicateMember
from reconciliation.models.item import ItemState, QueueItem
from reconciliation.models.orphan import How, OrphanedDeal
from reconciliation.models.owner import OwnerMatch
from reconciliation.models.quickbooks import QuickBooksDifference, Take
from reconciliation.models.suppression import SuppressionConflict
from reconciliation.models.value import Lines, ValueDifference

__all__ = [
    "DuplicateCluster",
    "DuplicateMember",
    "How",
    "ItemState",
    "Lines",
    "OrphanedDeal",
    "OwnerMatch",
    "QueueItem",
    "QuickBooksDifference",
    "SuppressionConflict",
    "Take",
    "ValueDifference",
]
