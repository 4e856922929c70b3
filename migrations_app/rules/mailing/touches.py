"""Which campaigns somebody was in: all of them, the first and the last."""

from collections.abc import Iterable
from dataclasses import dataclass

from migrations_app.rules.transforms.text import shorten


@dataclass(frozen=True, slots=True)
class Campaign:
    """Dates are ISO, or empty."""

    key: str
    name: str
    type: str = ""
    status: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody was in a campaign: since `on` (else the campaign's own start), with a `status` such as Registered."""

    campaign: Campaign
    on: str = ""
    status: str = ""
    who: str = ""

    @property
    def when(self) -> str:
        return self.on or self.campaign.start


def in_order(touches: Iterable[Touch]) -> list[Touch]:
    """Oldest first; those without any date come last, as they stand in the file."""
    return sorted(touches, key=lambda touch: touch.when or "9999")


def campaigns(touches: Iterable[Touch]) -> list[Campaign]:
    """Each campaign once, in the order of the first touch."""
    found: dict[str, Campaign] = {}
    for touch in in_order(touches):
        found.setdefault(touch.campaign.key, touch.campaign)
    return list(found.values())


def label(campaign: Campaign) -> str:
    """As it stands among the options of a field."""
    return shorten(campaign.name or campaign.key)


def history(touches: Iterable[Touch]) -> list[str]:
    """One line for each touch, oldest first: `2024-05-14 Spring sale (Drip, Active, 2024-09-09 to 2024-10-29): Ann Bell, Registered`."""
    return list(dict.fromkeys(_line(touch) for touch in in_order(touches)))


def _line(touch: Touch) -> str:
    campaign = touch.campaign
    span = f"{campaign.start or '?'} to {campaign.end or '?'}" if campaign.start or campaign.end else ""
    facts = ", ".join(filter(None, (campaign.type, campaign.status, span)))
    told = ", ".join(filter(None, (touch.who, touch.status)))
    return " ".join(filter(None, (touch.when, label(campaign), f"({facts})" if facts else ""))) + (f": {told}" if told else "")
