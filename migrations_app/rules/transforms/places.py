"""Countries and addresses."""

from migrations_app.rules.transforms.registry import Convert, Options, transform
from migrations_app.rules.transforms.words import country_code

# Pipedrive's names of an address's parts, in the order in which the one line for people is put together.
ADDRESS_PARTS = ("street", "street2", "postal_code", "locality", "admin_area_level_1", "country")
_SENT_PARTS = ("postal_code", "locality", "admin_area_level_1", "country")


def join_address(parts: dict[str, str]) -> dict[str, str] | None:
    """One address value: the whole line under `value`, and the parts that Pipedrive has names for."""
    place = " ".join(parts[name] for name in ("postal_code", "locality") if parts.get(name))
    lines = [parts.get("street", ""), parts.get("street2", ""), place, parts.get("admin_area_level_1", ""), parts.get("country", "")]
    whole = ", ".join(" ".join(line.split()) for line in lines if line)
    if not whole:
        return None
    return {"value": whole} | {name: parts[name] for name in _SENT_PARTS if parts.get(name)}


def region(text: str, default: str = "") -> str:
    """The country of a row for reading phone numbers: its own where it names one, else the project's."""
    return (country_code(text) if text else "") or default


@transform("address_part", "Part of an address", "Option part: street, street2, postal_code, locality, admin_area_level_1 or country.")
def address_part(options: Options) -> Convert:
    return lambda text, region: (text, "")


@transform("country", "Country", "The country as printed; its code helps to read phone numbers.")
def country(options: Options) -> Convert:
    return lambda text, region: (text, "")
