"""Transforms: importing this package fills the registry."""

from migrations_app.rules.transforms import activities, choices, dates, markup, numbers, people, phones, places, text, times, web
from migrations_app.rules.transforms.registry import TRANSFORMS, Convert, Transform

__all__ = [
    "TRANSFORMS", "Convert", "Transform", "activities", "choices", "dates", "markup", "numbers", "people", "phones", "places", "text",
    "times", "web",
]  # fmt: skip
