"""The registry of transforms: small pure functions from a cleaned text to a neutral value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# A converter takes the cleaned, non-empty text and the row's country (ISO, may be empty); it returns the neutral value
# (None for nothing) and the code of what is wrong with it ("" for nothing).
Convert = Callable[[str, str], tuple[Any, str]]
Options = Mapping[str, Any]
Build = Callable[[Options], Convert]

# In a typed column these mean "nothing"; in a column of text they are text.
NOTHING_WORDS = frozenset({"n/a", "#n/a", "na", "n.a.", "null", "(null)", "none", "nil", "-", "--", "---", "–", "—"})


@dataclass(frozen=True, slots=True)
class Transform:
    """A way to read a column. `build` takes the rule's options together with the project's settings (`timezone`, `country`, …)."""

    key: str
    label: str
    help: str
    build: Build


TRANSFORMS: dict[str, Transform] = {}


def transform(key: str, label: str, help: str, *, typed: bool = False) -> Callable[[Build], Build]:
    """Register a builder of converters under `key`; a typed one reads NOTHING_WORDS as nothing."""

    def register(build: Build) -> Build:
        TRANSFORMS[key] = Transform(key, label, help, _skipping_nothing(build) if typed else build)
        return build

    return register


def _skipping_nothing(build: Build) -> Build:
    def build_typed(options: Options) -> Convert:
        convert = build(options)
        return lambda text, region: (None, "") if text.casefold() in NOTHING_WORDS else convert(text, region)

    return build_typed
