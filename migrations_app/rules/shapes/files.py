"""Files: where one lies in the package, and under which name it stands in Pipedrive."""

from collections.abc import Sequence

from migrations_app.rules.shapes.columns import Shape
from migrations_app.rules.spec import Draft


class FileName(Shape):
    """Path as printed, with slashes; the name is the file's own where no column gives one, and never holds folders."""

    takes = frozenset({"text"})

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        found = {column.rule.field: texts[column.at] for column in reversed(self.columns) if texts[column.at]}
        path = found.get("path", "") or found.get("name", "")
        if path:
            draft.values["path"] = path.replace("\\", "/")
        name = (found.get("name") or path).replace("\\", "/").rpartition("/")[2]
        if name:
            draft.values["name"] = name[:255]
