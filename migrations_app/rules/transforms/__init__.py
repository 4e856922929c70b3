"""Transforms: importing this package fills the registry."""

from migrations_app.rules.transforms import choices, dates, numbers, people, phones, places, text, web
from migrations_app.rules.transforms.registry import TRANSFORMS, Convert, Transform

__all__ = ["TRANSFORMS", "Convert", "Transform", "choices", "dates", "numbers", "people", "phones", "places", "text", "web"]
