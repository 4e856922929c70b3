"""Pipedrive as the rest of the product sees it: small typed verbs over the one door."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from connectors.errors import OutcomeUnknown, RecordMissing
from connectors.pipedrive import downloads, fields
from connectors.pipedrive.answers import Reply
from connectors.pipedrive.entities import entity as _entity
from connectors.pipedrive.fields import ActivityType, Currency, Field, Me, Option, Pipeline, Stage, User
from connectors.pipedrive.http import Door
from connectors.pipedrive.limiter import Grant
from connectors.pipedrive.paging import Record, cursor_pages, offset_pages, unordered_pages, whole_list

MOST_CUSTOM_FIELDS = 15  # of one list request (API.md 6.2)
MOST_LINES = 100  # of one bulk request, and deals of one request for lines (API.md 5.8)

Made = TypeVar("Made")


class Pipedrive:
    """One account. Reads and definitions wait for the limiter themselves and are tried again where that is safe.

    Writes of records are one attempt each when a `grant` is given (the ledger decides about the next one); `before` is the
    moment of time.monotonic() after which they are not sent any more. Without a grant they reserve for themselves.
    """

    def __init__(self, door: Door) -> None:
        self.door = door

    # --- the account -----------------------------------------------------------------------------------------------

    def me(self) -> Me:
        return _as(fields.me_from, self._read("/api/v1/users/me").data)

    def users(self) -> list[User]:
        return [_as(fields.user_from, item) for item in whole_list(self._read("/api/v1/users"))]

    def currencies(self) -> list[Currency]:
        return [_as(fields.currency_from, item) for item in whole_list(self._read("/api/v1/currencies"))]

    # --- fields and their options ------------------------------------------------------------------------------------

    def fields(self, entity: str) -> list[Field]:
        return [_as(fields.field_from, item) for item in self._all(_fields_path(entity))]

    def create_field(self, entity: str, name: str, type: str, options: Sequence[str] = ()) -> Field:
        body: Record = {"field_name": name, "field_type": type}
        if options:
            body["options"] = [{"label": label} for label in options]
        return _as(fields.field_from, self._define("POST", _fields_path(entity), body))

    def rename_field(self, entity: str, code: str, name: str) -> Field:
        return _as(fields.field_from, self._define("PATCH", f"{_fields_path(entity)}/{code}", {"field_name": name}))

    def delete_field(self, entity: str, code: str) -> bool:
        """True if it was there. The field's values are gone with it."""
        return self._remove(f"{_fields_path(entity)}/{code}")

    def add_options(self, entity: str, code: str, labels: Sequence[str]) -> list[Option]:
        """All or none of the labels; gives what the server answers, which may be the new options only."""
        body = [{"label": label} for label in labels]
        return [_as(fields.option_from, item) for item in self._define("POST", _options_path(entity, code), body)]

    def rename_options(self, entity: str, code: str, labels: Mapping[int, str]) -> list[Option]:
        body = [{"id": id, "label": label} for id, label in labels.items()]
        return [_as(fields.option_from, item) for item in self._define("PATCH", _options_path(entity, code), body)]

    def delete_options(self, entity: str, code: str, ids: Sequence[int]) -> None:
        self.door.repeat("DELETE", _options_path(entity, code), json=[{"id": id} for id in ids])

    # --- pipelines, stages, activity types ---------------------------------------------------------------------------

    def pipelines(self) -> list[Pipeline]:
        return [_as(fields.pipeline_from, item) for item in self._all("/api/v2/pipelines") if not item.get("is_deleted")]

    def create_pipeline(self, name: str, probability: bool = True) -> Pipeline:
        body = {"name": name, "is_deal_probability_enabled": probability}
        return _as(fields.pipeline_from, self._define("POST", "/api/v2/pipelines", body))

    def delete_pipeline(self, id: int) -> bool:
        return self._remove(f"/api/v2/pipelines/{id}")

    def stages(self) -> list[Stage]:
        """Of all pipelines, in the order in which they stand there."""
        found = [_as(fields.stage_from, item) for item in self._all("/api/v2/stages") if not item.get("is_deleted")]
        return sorted(found, key=lambda stage: (stage.pipeline_id, stage.order, stage.id))

    def create_stage(self, name: str, pipeline_id: int, probability: int | None = None) -> Stage:
        """Stands last in its pipeline: Pipedrive takes no order (API.md 5.5)."""
        body: Record = {"name": name, "pipeline_id": pipeline_id}
        if probability is not None:
            body["deal_probability"] = probability
        return _as(fields.stage_from, self._define("POST", "/api/v2/stages", body))

    def update_stage(self, id: int, **changes: Any) -> Stage:
        return _as(fields.stage_from, self._define("PATCH", f"/api/v2/stages/{id}", changes))

    def delete_stage(self, id: int) -> bool:
        return self._remove(f"/api/v2/stages/{id}")

    def activity_types(self) -> list[ActivityType]:
        return [_as(fields.activity_type_from, item) for item in whole_list(self._read("/api/v1/activityTypes"))]

    def create_activity_type(self, name: str, icon: str) -> ActivityType:
        return _as(fields.activity_type_from, self._define("POST", "/api/v1/activityTypes", {"name": name, "icon_key": icon}))

    # --- saved filters (v1) ------------------------------------------------------------------------------------------

    def deal_field_numbers(self) -> dict[str, int]:
        """{field code: the number by which filters name it}: only the old list tells it (API.md 6.1)."""
        return {str(item["key"]): int(item["id"]) for item in whole_list(self._read("/api/v1/dealFields")) if item.get("id")}

    def filters(self, type: str) -> dict[str, int]:
        """{name: id} of the saved filters of one kind of record, such as `deals`."""
        return {str(item["name"]): int(item["id"]) for item in whole_list(self._read("/api/v1/filters", {"type": type}))}

    def create_filter(self, name: str, type: str, conditions: Sequence[Record]) -> int:
        """All `conditions` have to hold. Answers the id."""
        every, some = {"glue": "and", "conditions": list(conditions)}, {"glue": "or", "conditions": []}
        body = {"name": name, "type": type, "conditions": {"glue": "and", "conditions": [every, some]}}
        return int(_as(lambda item: item["id"], self._define("POST", "/api/v1/filters", body)))

    # --- records -----------------------------------------------------------------------------------------------------

    def pages(
        self,
        entity: str,
        *,
        updated_since: datetime | None = None,
        custom_fields: Sequence[str] = (),
        archived: bool = False,
        status: Sequence[str] = (),
        limit: int | None = None,
        parent: int | str = "",
        newest_first: bool = False,
        **filters: Any,
    ) -> Iterator[list[Record]]:
        """The list, sorted by id, one request a page; `newest_first` turns the order round. A plain list of deals holds neither
        archived nor deleted ones: `archived` reads the first, `status=["deleted"]` the second. `filters` are query parameters of the
        list (org_id, include_fields, ...).
        """
        kind = _entity(entity)
        if updated_since is not None and not kind.changes:
            raise ValueError(f"The list of {entity} cannot be narrowed to changed records.")
        if custom_fields and (not kind.custom_fields or len(custom_fields) > MOST_CUSTOM_FIELDS):
            raise ValueError(f"The list of {entity} cannot be narrowed to {len(custom_fields)} custom fields.")
        query = {
            **(kind.backwards if newest_first else kind.order),
            "updated_since": whole_second(updated_since) if updated_since else None,
            "custom_fields": ",".join(custom_fields) or None,
            "status": ",".join(status) or None,
            **filters,
        }
        path = f"{kind.path}/archived" if archived else (kind.listed or kind.path).format(parent=parent)
        fetch = partial(self._page, path, query)
        size = min(limit or kind.page, kind.page)
        if not kind.numbered:
            return unordered_pages(fetch, size)
        return cursor_pages(fetch, size) if kind.by_cursor else offset_pages(fetch, size, newest_first=newest_first)

    def lines(self, deal_ids: Sequence[int]) -> Iterator[list[Record]]:
        """Product lines of many deals, a hundred deals a request."""
        for first in range(0, len(deal_ids), MOST_LINES):
            some = ",".join(str(id) for id in deal_ids[first : first + MOST_LINES])
            yield from self.pages("deal_product", deal_ids=some)

    def relationships(self, organization_ids: Sequence[int]) -> Iterator[list[Record]]:
        """What organizations own, one request (20 tokens) for each; a relationship is given only with the organization that owns it."""
        for id in organization_ids:
            listed = whole_list(self._read("/api/v1/organizationRelationships", {"org_id": id}))
            if owned := [each for each in listed if end_of_relationship(each.get("rel_owner_org_id")) == id]:
                yield owned

    def newest_id(self, entity: str) -> int:
        """The highest id of the list, 0 where it is empty."""
        page = next(self.pages(entity, limit=1, newest_first=True), [])
        return int(page[0]["id"]) if page else 0

    def content(self, file_id: int | str) -> bytes:
        """The bytes of a file."""
        return downloads.content(self.door, f"/api/v1/files/{file_id}/download")

    def get(self, entity: str, id: int | str) -> Record:
        """RecordMissing where there is none. A deleted record may still come, marked as such."""
        record: Record = self._read(f"{_entity(entity).path}/{id}").data
        return record

    def create(
        self, entity: str, body: Mapping[str, Any], *, parent: int | str = "", grant: Grant | None = None, before: float | None = None
    ) -> Reply:
        """`data` of the reply holds an id, or OutcomeUnknown is raised."""
        path = _entity(entity).path.format(parent=parent)
        return _with_id(self._write("POST", path, grant, json=dict(body), before=before))

    def create_file(
        self, name: str, content: bytes, parents: Mapping[str, Any], *, grant: Grant | None = None, before: float | None = None
    ) -> Reply:
        """`parents` are deal_id, person_id and the like; one upload serves several of different kind (API.md 5.10)."""
        files = {"file": (name, content, "application/octet-stream")}
        return _with_id(self._write("POST", "/api/v1/files", grant, files=files, form=dict(parents), before=before))

    def create_lines(
        self, deal_id: int, bodies: Sequence[Mapping[str, Any]], *, grant: Grant | None = None, before: float | None = None
    ) -> Reply:
        """Up to a hundred product lines of one deal for 25 tokens."""
        path = f"/api/v2/deals/{deal_id}/products/bulk"
        return self._write("POST", path, grant, json={"data": [dict(body) for body in bodies]}, before=before)

    def update(
        self,
        entity: str,
        id: int | str,
        body: Mapping[str, Any],
        *,
        parent: int | str = "",
        grant: Grant | None = None,
        before: float | None = None,
    ) -> Reply:
        """Changes only what `body` holds."""
        kind = _entity(entity)
        content = {"form": dict(body)} if entity == "file" else {"json": dict(body)}
        return self._write(kind.changed_by, f"{kind.path.format(parent=parent)}/{id}", grant, before=before, **content)

    def delete(
        self, entity: str, id: int | str, *, parent: int | str = "", grant: Grant | None = None, before: float | None = None
    ) -> bool:
        """True if the record was there, False if it was gone already: both are done."""
        return self._remove(f"{_entity(entity).path.format(parent=parent)}/{id}", grant=grant, before=before)

    # --- how -----------------------------------------------------------------------------------------------------------

    def _read(self, path: str, query: Mapping[str, Any] | None = None) -> Reply:
        return self.door.repeat("GET", path, params=query)

    def _page(self, path: str, query: Mapping[str, Any], place: Mapping[str, Any]) -> Reply:
        return self._read(path, {**query, **place})

    def _all(self, path: str) -> Iterator[Record]:
        for page in cursor_pages(partial(self._page, path, {}), 500):
            yield from page

    def _define(self, method: str, path: str, body: Any) -> Any:
        return self.door.repeat(method, path, json=body).data

    def _write(self, method: str, path: str, grant: Grant | None, **content: Any) -> Reply:
        send = self.door.repeat if grant is None else partial(self.door.send, grant=grant)
        return send(method, path, **content)

    def _remove(self, path: str, grant: Grant | None = None, before: float | None = None) -> bool:
        try:
            self._write("DELETE", path, grant, before=before)
        except RecordMissing:
            return False
        return True


def _as(reader: Callable[[Record], Made], data: Any) -> Made:
    """An answer that lacks what it must hold is as good as none: nobody knows what was done."""
    try:
        return reader(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise OutcomeUnknown(f"Pipedrive's answer lacks what it should hold: {error}.") from error


def whole_second(moment: datetime) -> str:
    """UTC in the form that every parser of Pipedrive takes: fractions are refused by some (API.md 3.3). Rounds down."""
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone cannot be sent to Pipedrive.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_id(reply: Reply) -> Reply:
    if not isinstance(reply.data, dict) or not reply.data.get("id"):
        raise OutcomeUnknown("Pipedrive says it created the record, but not under which id.", status=reply.status)
    return reply


def end_of_relationship(organization: Any) -> Any:
    """The id of one end of a relationship, however it is given."""
    return organization.get("value") if isinstance(organization, dict) else organization


def _fields_path(entity: str) -> str:
    path = _entity(entity).fields
    if not path:
        raise LookupError(f"Pipedrive keeps no field definitions for {entity!r}.")
    return path


def _options_path(entity: str, code: str) -> str:
    return f"{_fields_path(entity)}/{code}/options"
