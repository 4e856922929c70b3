"""Papers in the customer's language: the texts that are ours, looked up while a paper is made. Cells and names stay as they are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from babel import localedata
from django.conf import settings
from django.utils import translation

from migrations_app.services.papers import document as parts
from migrations_app.services.papers.facts import Facts
from migrations_app.services.wording import ENGLISH, told


@contextmanager
def spoken(facts: Facts, translated: bool) -> Iterator[str]:
    """Texts are in the project's language within, where it is chosen, there is a catalogue of it, and the paper is translated."""
    chosen = facts.words.locale.language if translated and facts.project.setting("locale") else ENGLISH
    language = chosen if chosen in dict(settings.LANGUAGES) else ENGLISH
    local = f"{language}_{facts.words.locale.territory}"
    with translation.override(translation.to_language(local) if localedata.exists(local) else language):
        yield language


def in_force(document: parts.Document) -> parts.Document:
    """The paper with its fixed texts in the language in force; what a builder has filled in is in that language already."""
    sections = [parts.Section(told(section.title), [_block(block) for block in section.blocks]) for section in document.sections]
    return replace(document, title=told(document.title), about=told(document.about), sections=sections)


def _block(block: Any) -> Any:
    return _MAKERS[block.kind](block) if block.kind in _MAKERS else block


def _table(block: parts.Table) -> parts.Table:
    columns = [column if column.theirs else replace(column, name=told(column.name)) for column in block.columns]
    return replace(block, columns=columns, nothing=told(block.nothing))


_MAKERS: Mapping[str, Callable[[Any], Any]] = {
    "paragraph": lambda block: replace(block, text=told(block.text)),
    "points": lambda block: replace(block, items=[told(item) for item in block.items]),
    "figures": lambda block: replace(block, items=[(figure, told(caption)) for figure, caption in block.items]),
    "table": _table,
    "ticks": lambda block: replace(block, items=[(done, told(text), told(note)) for done, text, note in block.items]),
    "chart": lambda block: replace(block, title=told(block.title)),
    "graph": lambda block: replace(block, title=told(block.title)),
    "signatures": lambda block: replace(block, items=[(told(role), name, day) for role, name, day in block.items]),
}
