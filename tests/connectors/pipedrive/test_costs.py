from pathlib import Path

import pytest

from connectors.pipedrive.client import MOST_LINES
from connectors.pipedrive.costs import COSTS, cost_of
from connectors.pipedrive.entities import ENTITIES


@pytest.mark.parametrize(
    ("method", "path", "tokens"),
    [
        ("POST", "/api/v2/deals", 5),
        ("GET", "/api/v2/deals/17", 1),
        ("GET", "/api/v2/deals/archived", 20),
        ("GET", "/api/v2/deals/products", 10),
        ("POST", "/api/v2/deals/17/products/bulk", 25),
        ("PATCH", "/api/v2/deals/17/products/4", 5),
        ("DELETE", "/api/v2/organizationFields/0a1b2c/options", 3),
        ("POST", "/api/v1/notes", 10),
        ("DELETE", "/api/v1/files/8", 6),
    ],
)
def test_a_request_costs_what_its_operation_costs(method: str, path: str, tokens: int) -> None:
    assert cost_of(method, path) == tokens


def test_an_operation_without_a_price_is_never_sent_for_free() -> None:
    with pytest.raises(LookupError, match="POST /api/v2/spaceships"):
        cost_of("POST", "/api/v2/spaceships")


def test_every_entity_can_be_listed_made_and_removed() -> None:
    for kind in ENTITIES.values():
        path = kind.path.format(parent=1)
        assert cost_of("GET", (kind.listed or kind.path).format(parent=1)) in (10, 20)
        assert cost_of("POST", path) in (5, 10)
        assert cost_of("DELETE", f"{path}/2") in (3, 6)
    assert MOST_LINES == 100


def test_the_prices_are_those_of_the_official_documents(specifications: Path) -> None:
    official = {**_official(specifications, "v1"), **_official(specifications, "v2")}
    assert len(official) > 300
    ours = {(method, path): tokens for path, prices in COSTS.items() for method, tokens in prices.items()}
    assert {key: official.get(key) for key in ours} == ours


def _official(folder: Path, version: str) -> dict[tuple[str, str], int]:
    yaml = pytest.importorskip("yaml")
    text = (folder / f"openapi-{version}.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {
        (verb.upper(), f"/api/{version}{path}"): operation["x-token-cost"]
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if isinstance(operation, dict) and "x-token-cost" in operation
    }
