"""What hangs on companies, contacts and deals, as it stands in the account, beside what the truth says of it."""

import urllib.request
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from migrations_app.models import RecordLink
from migrations_app.states import LinkState
from tests.journeys import comparing
from tests.journeys.walking import Walk

Records = dict[str, dict[str, Any]]  # by id of the sample
ENTITY = {"activities": "activity", "notes": "note", "attachments": "file"}
DERIVED = ("lines-of-", "merged-into-", "project:")  # notes that no row of notes stands for
FIELD = {"company": "org_id", "contact": "person_id", "deal": "deal_id", "product": "product_id", "activity": "activity_id"}
OBJECT = {"company": "companies", "contact": "contacts", "deal": "deals", "product": "products", "activity": "activities"}
UNDECIDED = {"oversized"}  # keeps a file out, beside what the truth rejects


def by_key(walk: Walk, domain: str, entity: str) -> Records:
    """{source key: record}; a record of the account that no link names fails here."""
    links = RecordLink.objects.filter(account__project__slug="move", entity=entity, state=LinkState.CREATED)
    keys = {int(pipedrive_id): key.removeprefix(f"{entity}:") for pipedrive_id, key in links.values_list("pipedrive_id", "key")}
    standing = [record for record in walk.control.records(domain, entity) if not record.get("is_deleted")]
    return {key: record for record in standing if not (key := keys[record["id"]]).startswith(DERIVED)}


def expected(truth: Mapping[str, Any], object: str) -> set[str]:
    """Ids whose records have to be there: neither rejected nor left out."""
    ids = set(truth["ids"][object]) - comparing.rejected(dict(truth), object)
    if object == "attachments":
        return ids - {each["id"] for each in truth["attachments"] if UNDECIDED & set(each["flags"])}
    return ids


def parents(truth: Mapping[str, Any], object: str) -> dict[str, dict[str, str | None]]:
    """{id: {kind of parent: its id}} as the truth has them."""
    if object == "attachments":
        return {each["id"]: {each["parent"]["type"]: each["parent"]["id"]} for each in truth["attachments"]}
    if object == "notes":
        return {id: {each["type"]: each["id"]} if each else {} for id, each in truth["links"]["note"].items()}
    return dict(truth["links"]["activity"])


def wrong_links(truth: Mapping[str, Any], object: str, there: Mapping[str, Records], roots: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """(id, kind of parent, what it hangs on, what it should) of what hangs on something else than the truth says."""
    told = parents(truth, object)
    for id, record in there[object].items():
        for kind, parent in told[id].items():
            meant = there[OBJECT[kind]].get(roots.get(parent, parent)) if parent else None
            hangs_on = _parent(record, kind)
            if hangs_on != (meant["id"] if meant else None):
                yield id, kind, str(hangs_on), str(parent)


def other_bytes(truth: Mapping[str, Any], files: Records, url: str, token: str) -> list[str]:
    """Ids of files that are downloaded with other bytes than the package has."""
    told = {each["id"]: each["sha256"] for each in truth["attachments"]}
    return [id for id, record in files.items() if sha256(_download(url, record["id"], token)).hexdigest() != told[id]]


def _parent(record: Mapping[str, Any], kind: str) -> int | None:
    if kind == "contact" and record.get("participants"):
        return int(next(each["person_id"] for each in record["participants"] if each.get("primary")))
    value = record.get(FIELD[kind])
    return int(value["value"] if isinstance(value, dict) else value) if value else None


def _download(url: str, file: int, token: str) -> bytes:
    request = urllib.request.Request(f"{url}/api/v1/files/{file}/download", headers={"x-api-token": token})
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content
