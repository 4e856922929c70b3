"""The source systems that packages may come from. A new one is a folder beside `results` and a line here."""

from types import ModuleType

from connectors.sources.net_results import quirks as net_results_quirks
from connectors.sources.net_results.objects import NET_RESULTS
from connectors.sources.results import quirks as results_quirks
from connectors.sources.results.objects import RESULTS
from connectors.sources.spec import SourceSystem

SOURCES: dict[str, SourceSystem] = {
    "results": RESULTS,
    "net-results": NET_RESULTS,
}
QUIRKS: dict[str, ModuleType] = {
    "results": results_quirks,
    "net-results": net_results_quirks,
}


def get_source(name: str) -> SourceSystem:
    """KeyError for a system that is not in the table."""
    return SOURCES[name]


def get_quirks(name: str) -> ModuleType:
    """How the system's values are to be read: `field_type`, `object_name`, `options` of its custom field definitions."""
    return QUIRKS[name]
