"""Lines of deals, as far as the deals themselves feel them: Pipedrive lets the value of a deal follow its lines (API.md 9.3)."""

from collections.abc import Iterable

from migrations_app.models import LinkParent, RecordLink
from migrations_app.states import LINK_IN_TARGET, LinkState

VALUE = "value"


def with_lines(deals: Iterable[RecordLink]) -> set[int]:
    """Those deals that have, or had, lines of ours in Pipedrive: what we sent as their value does not stand there any more."""
    mine = [link.pk for link in deals if link.entity == "deal"]
    if not mine:
        return set()
    rows = LinkParent.objects.filter(parent__in=mine, link__entity="deal_product", link__state__in=(*LINK_IN_TARGET, LinkState.REMOVED))
    return set(rows.values_list("parent_id", flat=True))
