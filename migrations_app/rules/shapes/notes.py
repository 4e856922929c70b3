"""Notes: heading and text in one, and what does not fit into one note in the next."""

import re
from collections.abc import Sequence

from migrations_app.rules.shapes.columns import Shape, text_with_lines
from migrations_app.rules.spec import Draft
from migrations_app.rules.transforms.markup import NOTE_LIMIT, cleaned

_BREAK = re.compile(r"<br\s*/?>\s*|</(?:p|div|li|tr|table|ul|ol|h[1-6])>\s*", re.IGNORECASE)


class NoteText(Shape):
    """The first part stays in the draft; `draft.continued` holds the texts of the notes that go on with it."""

    takes = frozenset({"html", "heading", "labelled"})

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        if not any(texts[column.at] for column in self.of("html")):
            return
        headings = [part for column in self.of("heading") if (part := column.read(texts, country, draft))]
        parts = split("".join((*headings, text_with_lines(self, texts, country, draft))))
        draft.values["content"] = parts[0]
        draft.continued = [{"content": part} for part in parts[1:]]


def split(content: str, limit: int = NOTE_LIMIT) -> list[str]:
    """Parts of at most `limit` characters, cut at a line's end where one is near, each marked “(part 1 of 3)”."""
    if len(content) <= limit:
        return [content]
    rest, pieces = content, []
    while len(rest) > limit:
        breaks = [match.end() for match in _BREAK.finditer(rest, limit // 2, limit)]
        at = breaks[-1] if breaks else _between_words(rest, limit)
        pieces.append(rest[:at])
        rest = rest[at:]
    pieces.append(rest)
    return [cleaned(f"{piece}<br>\n<i>(part {number} of {len(pieces)})</i>") for number, piece in enumerate(pieces, start=1)]


def _between_words(text: str, limit: int) -> int:
    """A place that is neither inside a tag nor inside a word, if one is near."""
    head = text[:limit]
    if head.rfind("<") > head.rfind(">"):
        return head.rfind("<") or limit
    blank = max(head.rfind(" "), head.rfind("\n"))
    return blank + 1 if blank > limit // 2 else limit
