"""Organizations that exist only as text, from plan to plan: a corrected spelling is a rename, recognised through the members."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from migrations_app.models import LinkParent, RecordLink
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT
from migrations_app.services import rows
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.services.references import CompanyNames, fold
from migrations_app.services.staging import chunks

MEMBERS = ("contacts", "deals")
DERIVED = "org-of-"  # link keys of organizations that come from a text, not from an answer


@dataclass(slots=True)
class Known:
    """What earlier plans called them (facts by link key), and how the newest export spells and owns them."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    spelt: set[str] = field(default_factory=set)
    owned: set[tuple[str, str]] = field(default_factory=set)

    def as_before(self, key: str, text: str, owner: str) -> dict[str, Any]:
        """Name and owner stay as they are while any member still says so: the order of the rows renames nobody."""
        before = self.facts.get(key, {})
        name = before["name"] if fold(before.get("name", "")) == fold(text) and before["name"] in self.spelt else text
        stays = "owner" in before and (fold(text), before["owner"]) in self.owned
        return {"name": name, "owner": before["owner"] if stays else owner}

    def new_key(self, object: str, row: rows.SourceRow) -> str:
        """That of the first member, unless it gave one to another organization before."""
        key = f"{DERIVED}{'contact' if object == 'contacts' else 'deal'}:{row.key}"
        numbered = (f"{key}/{number}" for number in count(2))
        return next(each for each in chain([key], numbered) if each not in self.facts)


def recognise(plan: Plan) -> Known:
    """What earlier plans derived; where a name is gone and most of its members have one new name, that takes the old one's key."""
    earlier = RecordLink.objects.filter(account=plan.account, entity="organization", derived=True).order_by("pk")
    known = Known({key: facts for key, facts in earlier.values_list("key", "facts") if facts.get("name")})
    plan.named = {fold(facts["name"]): key for key, facts in known.facts.items()}
    if not known.facts or "companies" in plan.tables:
        return known
    for _, folded, text, owner in _members(plan):
        known.spelt.add(text)
        known.owned.add((folded, owner))
    names = {folded for folded, _ in known.owned}
    gone = {key: folded for folded, key in plan.named.items() if key.startswith(DERIVED) and folded not in names}
    for key, folded in _heirs(plan, gone, names - set(plan.named)).items():
        del plan.named[gone[key]]
        plan.named[folded] = key
    return known


def _members(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    """(link key of the member, folded name, text, owner) of every row that names a company by text."""
    called = CompanyNames()
    for object in MEMBERS:
        entity = KIND_OF_OBJECT[object].entity
        for row in rows.stream(plan.tables.get(object, ())):
            text = called.learn(cell(row, "company_ref"), cell(row, "company_name"))
            if text and not plan.no_record(row):
                yield f"{entity}:{row.key}", fold(text), text, cell(row, "owner")


def _heirs(plan: Plan, gone: dict[str, str], new: set[str]) -> dict[str, str]:
    """{key of an organization whose name is gone: the new name that most of its members have}, each name once."""
    if not gone or not new:
        return {}
    was: dict[str, str] = {}
    for some in chunks(sorted(gone), 500):
        hung = LinkParent.objects.filter(parent__account=plan.account, parent__key__in=some, role="organization")
        was.update(hung.values_list("link__key", "parent__key"))
    votes: dict[str, Counter[str]] = {}
    for member, folded, _, _ in _members(plan):
        if member in was:
            votes.setdefault(was[member], Counter())[folded] += 1
    heirs: dict[str, str] = {}
    for key, counted in sorted(votes.items(), key=lambda item: -max(item[1].values())):
        [(folded, _)] = counted.most_common(1)
        if folded in new and folded not in heirs.values():
            heirs[key] = folded
    return heirs
