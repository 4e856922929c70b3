"""How a shape sees the columns that it is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from migrations_app.rules.spec import Draft, Rule, Settings
from migrations_app.rules.transforms.markup import escaped
from migrations_app.rules.transforms.registry import Convert

Report = Callable[[Draft, str, str], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its rule: where it stands, how it reads, and to whom it reports what cannot be read."""

    at: int
    rule: Rule
    convert: Convert
    report: Report

    def read(self, texts: Sequence[str], country: str, draft: Draft) -> Any:
        text = texts[self.at]
        if not text:
            return None
        value, code = self.convert(text, country)
        if code:
            self.report(draft, code, text)
        return value


class Shape:
    """Built once for a table from the columns whose transform it `takes`; called once for each row."""

    takes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, columns: Sequence[Column], settings: Settings) -> None:
        self.columns, self.settings = columns, settings

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        raise NotImplementedError

    def of(self, *transforms: str) -> list[Column]:
        return [column for column in self.columns if column.rule.transform in transforms]

    def first(self, transform: str) -> Column | None:
        return next(iter(self.of(transform)), None)


def text_with_lines(shape: Shape, texts: Sequence[str], country: str, draft: Draft) -> str:
    """Html of the text columns, below it a line for each thing that Pipedrive has no field for."""
    bodies = [column.read(texts, country, draft) for column in shape.of("html")]
    lines = [column.read(texts, country, draft) for column in shape.of("labelled")]
    return "<br>\n".join([*filter(None, bodies), *(escaped(line) for line in lines if line)])
