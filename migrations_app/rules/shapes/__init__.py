"""What several columns of one row make together: an activity's time, a product's prices, the text of a note."""

from collections.abc import Mapping

from migrations_app.rules.shapes.activities import ActivityNote, ActivityTime, ActivityType
from migrations_app.rules.shapes.columns import Column, Shape
from migrations_app.rules.shapes.files import FileName
from migrations_app.rules.shapes.lines import Line
from migrations_app.rules.shapes.notes import NoteText
from migrations_app.rules.shapes.products import Prices
from migrations_app.rules.spec import ACTIVITY, DEAL_PRODUCT, FILE, NOTE, PRODUCT

# In the order in which they run.
SHAPES: Mapping[str, tuple[type[Shape], ...]] = {
    PRODUCT: (Prices,),
    DEAL_PRODUCT: (Line,),
    ACTIVITY: (ActivityTime, ActivityNote, ActivityType),
    NOTE: (NoteText,),
    FILE: (FileName,),
}

__all__ = ["SHAPES", "Column", "Shape"]
