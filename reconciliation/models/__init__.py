from reconciliation.models.duplicate import DuplicateCluster, DuplicateMember
from reconciliation.models.item import ItemState, QueueItem
from reconciliation.models.orphan import How, OrphanedDeal
from reconciliation.models.owner import OwnerMatch
from reconciliation.models.quickbooks import QuickBooksDifference, Take
from reconciliation.models.suppression import SuppressionConflict

__all__ = [
    "DuplicateCluster",
    "DuplicateMember",
    "How",
    "ItemState",
    "OrphanedDeal",
    "OwnerMatch",
    "QueueItem",
    "QuickBooksDifference",
    "SuppressionConflict",
    "Take",
]
