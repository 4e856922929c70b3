"""Ids and names: what one file calls by its id and another by its name is one thing, where any file tells both."""

from collections.abc import Collection


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


class Names:
    """Of one kind of thing. A name that several ids have names none of them."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, None]] = {}  # by id, as they are spelt
        self._ids: dict[str, set[str]] = {}  # by folded name

    def learn(self, id: str, name: str) -> None:
        """Both stand in one line."""
        if id and name and id != name and name not in self._names.setdefault(id, {}):
            self._names[id][name] = None
            self._ids.setdefault(_fold(name), set()).add(id)

    def key(self, text: str) -> str:
        """The id that a text is, or is the only name of; else the text itself."""
        if text in self._names:
            return text
        ids = self._ids.get(_fold(text), ()) if text else ()
        return next(iter(ids)) if len(ids) == 1 else text

    def name(self, text: str) -> str:
        """What the thing is called that a text means; the text itself where no file tells."""
        return next(iter(self._names.get(self.key(text), ())), text)

    def spellings(self, key: str) -> list[str]:
        """All that may be read for it, its id first. A name of several is no spelling of one."""
        return [key, *(name for name in self._names.get(key, ()) if self.key(name) == key)]

    def ids_of(self, name: str) -> Collection[str]:
        """More than one where they share the name."""
        return self._ids.get(_fold(name), ())

    def __contains__(self, id: str) -> bool:
        return id in self._names
