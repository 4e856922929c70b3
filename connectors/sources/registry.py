"""The source systems that packages may come from. A new one is a folder beside `results` and a line here."""

from connectors.sources.results.objects import RESULTS
from connectors.sources.spec import SourceSystem

SOURCES: dict[str, SourceSystem] = {
    "results": RESULTS,
}


def get_source(name: str) -> SourceSystem:
    """KeyError for a system that is not in the table."""
    return SOURCES[name]
