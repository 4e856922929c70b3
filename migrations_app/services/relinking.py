"""Records that are in Pipedrive already, and what they hang on by the answers that count now."""

from collections.abc import Mapping, Sequence
from typing import Any

from migrations_app.models import LinkParent, PipedriveAccount, RecordLink, Run
from migrations_app.services import planning
from migrations_app.services.renewing import hang, left_alone
from migrations_app.services.wanted import Wanted
from migrations_app.states import LINK_IN_TARGET, LinkState

NOT_THERE = "its {role} is not in Pipedrive yet: load first, then correct again"


def relink(run: Run, entity: str) -> dict[str, str]:
    """Let every record of the entity hang on what the answers say now, as far as that is in Pipedrive.

    Answers {link key: why} for those that updates alone cannot bring into order. A constant number of statements per chunk.
    """
    trouble: dict[str, str] = {}
    for wanted in planning.as_wanted_now(run, entity):
        trouble |= _relink_some(run.account, entity, wanted)
    return trouble


def _relink_some(account: PipedriveAccount, entity: str, wanted: Sequence[Wanted]) -> dict[str, str]:
    rows = RecordLink.objects.filter(account=account, entity=entity, key__in=[each.key for each in wanted], state__in=LINK_IN_TARGET)
    links = {link.key: link for link in rows}
    mine = [each for each in wanted if each.key in links]
    there = _parents_there(account, mine)
    trouble = {each.key: why for each in mine if (why := _why_not(each, there))}
    moved = [each for each in mine if each.key not in trouble]
    _hang(links, moved, there)
    _take_facts(links, moved)
    return trouble


def _parents_there(account: PipedriveAccount, wanted: Sequence[Wanted]) -> dict[str, int]:
    """{key: link} of the parents that are in Pipedrive, or merged into one that is."""
    keys = {key for each in wanted for _, key in each.parents}
    states = (*LINK_IN_TARGET, LinkState.MERGED)
    return dict(RecordLink.objects.filter(account=account, key__in=keys, state__in=states).values_list("key", "pk"))


def _why_not(wanted: Wanted, there: Mapping[str, int]) -> str:
    missing = (NOT_THERE.format(role=role) for role, key in wanted.parents if key not in there)
    return left_alone(wanted) or next(missing, "")


def _hang(links: Mapping[str, RecordLink], wanted: Sequence[Wanted], there: Mapping[str, int]) -> None:
    now: dict[int, set[tuple[str, int]]] = {}
    pks = [links[each.key].pk for each in wanted]
    for link, role, parent in LinkParent.objects.filter(link__in=pks).values_list("link", "role", "parent"):
        now.setdefault(link, set()).add((role, parent))
    asked = {links[each.key].pk: {(role, there[key]) for role, key in each.parents} for each in wanted}
    hang({pk: parents for pk, parents in asked.items() if parents != now.get(pk, set())})


def _take_facts(links: Mapping[str, RecordLink], wanted: Sequence[Wanted]) -> None:
    changed: list[Any] = []
    for each in wanted:
        link = links[each.key]
        if link.facts != each.facts:
            link.facts = each.facts
            changed.append(link)
    RecordLink.objects.bulk_update(changed, ["facts"], batch_size=200)
