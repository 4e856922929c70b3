"""A seeded generator of Results export packages: made-up customers with real dirt, and the truth about them."""

from pathlib import Path
from random import Random
from typing import Any

from .contacts_file import write_contacts_csv
from .dirt import soil
from .extras import add_extras
from .files import lay_out, write_tables
from .labels import label
from .rows import Row, World
from .spelling import VARIANTS, Speller, Spelling
from .truth import tell
from .world import CUSTOM_FIELDS, clean_world

__all__ = ["VARIANTS", "write_contacts_csv", "write_sample"]


def write_sample(folder: Path, *, seed: int = 1, contacts: int = 200, variant: int = 0) -> dict[str, Any]:
    """Writes one package into `folder` (made if missing) and returns the truth about it.

    The variant (a position in VARIANTS) decides headers, language, encoding, format and ids; equal arguments give equal bytes.
    """
    spelling = VARIANTS[variant]
    random = Random(seed)
    world = clean_world(random, contacts)
    add_extras(random, world)
    soil(random, world, narrow=spelling.narrow(), text=spelling.format == "csv", ids=spelling.ids, companies=spelling.companies)
    world.rows["custom_fields"] = _custom_fields(spelling)
    speller = Speller(spelling, world)
    layout = Random(f"{seed}:{variant}")
    tables = [lay_out(name, world, speller, layout) for name in spelling.objects()]
    folder.mkdir(parents=True, exist_ok=True)
    write_tables(folder, tables, spelling)
    _write_attachments(folder, world)
    return tell(world, tables, speller, {"source": "results", "seed": seed, "contacts": contacts, "variant": variant})


def _custom_fields(spelling: Spelling) -> list[Row]:
    objects = {"companies": "Company", "contacts": "Contact", "deals": "Opportunity"}
    return [
        Row(
            "custom_fields",
            "",
            {
                "object": objects[name],
                "label": label(f"{name}.{field}", spelling.language),
                "type": kind,
                "options": "|".join(options),
                "formula": formula,
                "required": False,
            },
        )
        for name, field, kind, options, formula in CUSTOM_FIELDS
        if spelling.companies or name != "companies"
    ]


def _write_attachments(folder: Path, world: World) -> None:
    for path, content in world.attachments.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
