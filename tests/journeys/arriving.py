"""What stands in the account after a package in another spelling was loaded, by the ids of the sample, beside its truth."""

from decimal import Decimal
from typing import Any

from tests.journeys import comparing, hanging, retelling
from tests.journeys.respelling import Respeller
from tests.journeys.walking import ADMIN, Walk

Records = dict[str, dict[str, Any]]


class Arrival:
    """Records by object and id of the sample; `derived` are organizations that no row stands for."""

    def __init__(self, walk: Walk, respeller: Respeller, domain: str) -> None:
        self.truth, self.respeller = respeller.truth, respeller
        ids = _ids_of_places(respeller)
        keys = retelling.places_of_keys("move")
        self.records: dict[str, Records] = {}
        self.derived: Records = {}
        for object, entity in comparing.ENTITY.items():
            self.records[object] = {}
            arrived = {}
            for key, record in walk.live(entity, domain).items():
                places = keys.get((object, key.removeprefix(f"{entity}:")))
                if places is None:
                    self.derived[key] = record
                else:
                    arrived[min(places)] = record
            for place in sorted(arrived):
                self._keep(object, ids[place], arrived[place])

        for object, entity in hanging.ENTITY.items():
            self.records[object] = {}
            for key, record in hanging.by_key(walk, domain, entity).items():
                self._keep(object, ids[next(iter(keys[object, key]))], record)

    def _keep(self, object: str, id: str, record: dict[str, Any]) -> None:
        """Without ids a second line of the same record is a record of its own; the first one is what others point to."""
        if id in self.records[object]:
            assert self.respeller.spelling.by_name, f"{id} arrived twice"
            return
        self.records[object][id] = record

    # --- what has to be true of it -----------------------------------------------------------------------------------

    def expected(self, object: str) -> set[str]:
        if object in self.respeller.spelling.dropped:
            return set()
        return set(self.truth["ids"][object]) - comparing.rejected(self.truth, object) - set(self.roots(object))

    def wrong_hanging(self, object: str) -> set[str]:
        """Ids that are missing or too many, but for those whose parent nobody can tell in this spelling."""
        told, by_text = hanging.parents(self.truth, object), self.respeller.spelling.text_companies
        lost = {id for id, parents in told.items() if by_text and set(parents) == {"company"}}
        return (hanging.expected(self.truth, object) ^ set(self.records[object])) - self._unclear() - lost

    def wrong_parents(self, object: str) -> list[tuple[str, ...]]:
        """(id, kind of parent, what it hangs on, what it should) of what hangs on something else than the truth says."""
        roots, unclear = self.roots("companies") | self.roots("contacts"), self._unclear()
        found = hanging.wrong_links(self.truth, object, self.records, roots)
        by_text = self.respeller.spelling.text_companies
        return [each for each in found if each[0] not in unclear and not (by_text and each[1] == "company")]

    def roots(self, object: str) -> dict[str, str]:
        """{member: survivor} of the clusters that are the same."""
        order = {key: at for at, key in reversed(list(enumerate(self.truth["ids"][object])))}
        roots: dict[str, str] = {}
        for cluster in comparing.told_same(self.truth) if object not in self.respeller.spelling.dropped else ():
            members = sorted((key for key in cluster if key in order), key=order.__getitem__)
            roots.update(dict.fromkeys(members[1:], members[0] if members else ""))
        return roots

    def wrong_links(self) -> list[tuple[str, str]]:
        """(id, role) of contacts and deals that hang on something else than the truth says."""
        links, orphans = self.truth["links"], {key for keys in self.truth["orphaned_deals"].values() for key in keys}
        unclear = self._unclear()
        wrong = []
        for key, record in self.records["contacts"].items():
            company = links["contact_company"][key]
            if key not in unclear and company and not self._is_company(record.get("org_id"), company):
                wrong.append((key, "company"))
        for key, record in self.records["deals"].items():
            if key in unclear:
                continue
            company, contact = links["deal_company"][key], links["deal_contact"][key]
            if key not in orphans and not self._is_company(record.get("org_id"), company):
                wrong.append((key, "company"))
            if record.get("person_id") != self._person(contact):
                wrong.append((key, "contact"))
        return wrong

    def wrong_owners(self, account: dict[str, Any]) -> list[str]:
        user_of = {user["email"]: user["id"] for user in account["users"]}
        email_of = {user["id"]: user["email"] for user in self.truth["owners"]["users"]}
        owners = self.truth["links"]["deal_owner"]
        meant = {key: user_of[email_of[owners[key]] if owners[key] else ADMIN] for key in self.records["deals"]}
        return [key for key, deal in self.records["deals"].items() if deal["owner_id"] != meant[key]]

    def totals(self) -> dict[str, Decimal]:
        return comparing.live_totals(self.records["deals"])

    def _unclear(self) -> set[str]:
        ids = _ids_of_lines(self.respeller)
        return {ids[each] for each in retelling.unclear(self.respeller)}

    def _is_company(self, org_id: int | None, company: str) -> bool:
        if self.respeller.spelling.text_companies:
            wanted = self.respeller.names[company]
            return any(org["id"] == org_id and org["name"].casefold() == wanted.casefold()[:255] for org in self.derived.values())
        return bool(org_id == self.records["companies"][self.roots("companies").get(company, company)]["id"])

    def _person(self, contact: str | None) -> int | None:
        return self.records["contacts"][self.roots("contacts").get(contact, contact)]["id"] if contact else None


def _ids_of_lines(respeller: Respeller) -> dict[tuple[str, int], str]:
    return {
        (table.object, line): table.cells(record, "id")[0]
        for table in respeller.tables
        for line, record in enumerate(table.records, start=1)
    }


def _ids_of_places(respeller: Respeller) -> dict[retelling.Place, str]:
    ids = _ids_of_lines(respeller)
    return {(object, *place): ids[object, line] for (object, line), place in respeller.result.places.items()}
