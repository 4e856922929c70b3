"""Text arrives unchanged: only blanks around it and NUL go."""

from migrations_app.rules.transforms.registry import Convert, Options, transform

VARCHAR_LIMIT = 255
LONG_TEXT_LIMIT = 65_000


def clean(cell: str) -> str:
    """The text of a cell: without NUL, without the blanks around it."""
    return cell.replace("\0", "").strip() if "\0" in cell else cell.strip()


def shorten(text: str, limit: int = VARCHAR_LIMIT) -> str:
    """Cut to `limit` characters, at a blank where one is near, ending in an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    at_word = head.rpartition(" ")[0]
    return (at_word if len(at_word) > limit // 2 else head).rstrip() + "…"


def _limited(limit: int) -> Convert:
    def convert(text: str, region: str) -> tuple[str, str]:
        return (text, "") if len(text) <= limit else (shorten(text, limit), "overlong")

    return convert


@transform("text", "Text", "Kept as it is; more than 255 characters are cut at a word and flagged.")
def plain_text(options: Options) -> Convert:
    return _limited(VARCHAR_LIMIT)


@transform("long_text", "Long text", "Kept as it is, line breaks and markup included.")
def long_text(options: Options) -> Convert:
    return _limited(LONG_TEXT_LIMIT)


@transform(
    "gathered", "From other files", "Campaigns, lists, sends and suppression of the record, gathered from the files that tell of them."
)
def gathered(options: Options) -> Convert:
    return lambda text, region: (text, "")


@transform("reference", "Reference", "The text names another record (id, name, e-mail); it is looked up when the row is planned.")
def reference(options: Options) -> Convert:
    return lambda text, region: (text, "")
