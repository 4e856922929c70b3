"""What hangs on companies, contacts and deals, looked at beside the records that it names: lines, activities, notes and files."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from connectors.sources import registry
from migrations_app.models import Project, SourceTable
from migrations_app.rules import filetypes
from migrations_app.rules.check import make_issue
from migrations_app.rules.spec import Issue
from migrations_app.services import attached, policies, rows
from migrations_app.services.references import CONTACT_ROLES, ReferenceIndex, fold

DEAL_ROLES, PRODUCT_ROLES = ("deal_ref",), ("product_ref", "product_name")
COMPANY_ROLES = ("company_ref", "company_name")
PARENTS = ("deals", "contacts", "companies", "activities", "products")
# Which objects other rows can point to, by the object that points.
POINTS_TO: Mapping[str, tuple[str, ...]] = {
    "contacts": ("companies",),
    "deals": ("companies", "contacts"),
    "line_items": ("deals", "products"),
    "activities": ("companies", "contacts", "deals"),
    "notes": PARENTS,
    "attachments": PARENTS,
    "campaign_members": ("contacts",),
    "email_sends": ("contacts",),
}
NOTES_PER_DEAL = 100  # commonly told of Pipedrive; never confirmed (API.md 5.9)


def pointed_to(force: Iterable[str]) -> set[str]:
    """Objects that something in force points to: only those need an index."""
    return {target for object in force for target in POINTS_TO.get(object, ())}


class Hanging:
    """One audit's look at them. The indexes fill while the objects before them stream by."""

    def __init__(self, project: Project, force: Mapping[str, list[SourceTable]], indexes: Mapping[str, ReferenceIndex]) -> None:
        self.project, self.force, self.indexes = project, force, indexes
        self.files = attached.files_in_force(project, force.get("attachments", ()))
        self.limit = int(policies.value(project, "file_limit_mb")) * attached.MEGABYTE
        self._object_name = registry.get_quirks(project.source).object_name
        self._skus: set[str] = set()
        self._notes_of_deals: Counter[str] = Counter()

    def look(self, object: str, cells: Mapping[str, str]) -> Iterator[Issue]:
        looks = {
            "products": self._product,
            "line_items": self._line,
            "activities": self._activity,
            "notes": self._note,
            "attachments": self._file,
        }
        return looks[object](cells) if object in looks else iter(())

    # --- by object -------------------------------------------------------------------------------------------------------

    def _product(self, cells: Mapping[str, str]) -> Iterator[Issue]:
        sku = fold(cells.get("sku", ""))
        if sku and sku in self._skus:
            yield make_issue("products", "duplicate_sku", "sku", cells["sku"])
        self._skus.add(sku)

    def _line(self, cells: Mapping[str, str]) -> Iterator[Issue]:
        text = _first(cells, DEAL_ROLES)
        if not self._find("deals", cells, DEAL_ROLES):
            yield make_issue("line_items", "unknown_deal", "deal_ref", text)
        if not self._find("products", cells, PRODUCT_ROLES):
            role = next((role for role in PRODUCT_ROLES if cells.get(role)), PRODUCT_ROLES[0])
            yield make_issue("line_items", "unknown_product", role, cells.get(role, ""))

    def _activity(self, cells: Mapping[str, str]) -> Iterator[Issue]:
        yield from self._unknown("activities", "companies", "unknown_company", cells, COMPANY_ROLES)
        yield from self._unknown("activities", "contacts", "unknown_contact", cells, CONTACT_ROLES)
        yield from self._unknown("activities", "deals", "unknown_deal", cells, DEAL_ROLES)

    def _note(self, cells: Mapping[str, str]) -> Iterator[Issue]:
        parents = self._parents(cells)
        if not parents:
            yield make_issue(
                "notes", "unknown_parent", "parent_id", _first(cells, ("parent_id", *DEAL_ROLES, *CONTACT_ROLES, *COMPANY_ROLES))
            )
        if "deals" in parents:
            self._notes_of_deals[parents["deals"]] += 1

    def _file(self, cells: Mapping[str, str]) -> Iterator[Issue]:
        path, name = cells.get("path", ""), cells.get("file_name", "")
        if not self._parents(cells):
            yield make_issue("attachments", "unknown_parent", "path", path or name)
        found = self.files.find(path, name)
        if found.code:
            yield make_issue("attachments", found.code, "path", path or name)
        if filetypes.is_barred(path, name):
            yield make_issue("attachments", "forbidden_type", "path", path or name)
        elif found.file and filetypes.is_disguised(found.file.path, attached.head(found.file)):
            yield make_issue("attachments", "type_mismatch", "path", path or name)
        size = found.file.size if found.file else _whole(cells.get("size", ""))
        if size > self.limit:
            yield make_issue("attachments", "oversized", "path", path or name)

    # --- after the last row ----------------------------------------------------------------------------------------------

    def finish(self) -> Iterator[tuple[str, rows.SourceRow, Issue]]:
        """Files that no row names, told at the list that should name them; deals with more notes than Pipedrive may take."""
        tables = list(self.force.get("attachments", ()))
        for file in self.files.unnamed() if tables else ():
            place = rows.SourceRow(tables[0], 0, "", "", [], file.path[:120])
            yield "attachments", place, make_issue("attachments", "unindexed_file", "path", file.path)
        crowded = {key: count for key, count in self._notes_of_deals.items() if count > NOTES_PER_DEAL}
        for key, row in rows.by_key(self.force.get("deals", ()), crowded).items() if crowded else ():
            yield "deals", row, make_issue("deals", "many_notes", "", str(crowded[key]))

    # --- finding ---------------------------------------------------------------------------------------------------------

    def _find(self, object: str, cells: Mapping[str, str], roles: Iterable[str]) -> str:
        return self.indexes[object].resolve_any(cells.get(role, "") for role in roles)[0]

    def _unknown(self, object: str, target: str, code: str, cells: Mapping[str, str], roles: tuple[str, ...]) -> Iterator[Issue]:
        if target == "companies" and target not in self.force:
            return  # companies that exist only as text: whoever is named there is one
        role = next((role for role in roles if cells.get(role)), "")
        if role and not self._find(target, cells, roles):
            yield make_issue(object, code, roles[0], cells[role])

    def _parents(self, cells: Mapping[str, str]) -> dict[str, str]:
        """{object: key} of everything that the row hangs on: what its own columns name, and the one that it names by kind and id."""
        found = {}
        for object, roles in (("deals", DEAL_ROLES), ("contacts", CONTACT_ROLES), ("companies", COMPANY_ROLES)):
            if key := self._find(object, cells, roles):
                found[object] = key
        if "companies" not in self.force and (text := _first(cells, COMPANY_ROLES)):
            found.setdefault("companies", f"text:{fold(text)}")
        if text := cells.get("parent_id", ""):
            kind = self._object_name(cells.get("parent_type", ""))
            hits = [(each, key) for each in ([kind] if kind in PARENTS else PARENTS) if (key := self.indexes[each].resolve(text)[0])]
            if len(hits) == 1:
                found.setdefault(*hits[0])
            elif kind == "companies" and "companies" not in self.force:
                found.setdefault("companies", f"text:{fold(text)}")
        return found


def _first(cells: Mapping[str, str], roles: Iterable[str]) -> str:
    return next((cells[role] for role in roles if cells.get(role)), "")


def _whole(text: str) -> int:
    digits = "".join(sign for sign in text if sign.isdigit())
    return int(digits) if digits and len(digits) < 16 else 0
