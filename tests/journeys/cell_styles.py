"""How offices print days, amounts, durations and paths: what `respelling` turns the cells of a sample into."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")  # of the sample's clock, for spellings that print points in time
_EPOCH = datetime(1899, 12, 30)
_MONTHS = {
    "portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    "swedish": "januari februari mars april maj juni juli augusti september oktober november december".split(),
    "polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia".split(),
    "italian": "gen feb mar apr mag giu lug ago set ott nov dic".split(),
}
_DAYS: dict[str, tuple[str, str]] = {  # a day, and with its time; {d} and {m} are without zeros
    "mdy": ("%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p"),
    "dmy": ("%d/%m/%Y", "%d/%m/%Y %H:%M"),
    "dots": ("%d.%m.%Y", "%d.%m.%Y %H:%M"),
    "dashes": ("%d-%m-%Y", "%d-%m-%Y %H:%M:%S"),
    "month": ("%d-%b-%Y", "%d-%b-%Y %H:%M"),
    "iso T": ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"),
    "two digits": ("%m/%d/%y", "%m/%d/%y %H:%M"),
    "short dots": ("{d}.{m}.%y", "{d}.{m}.%y %H:%M"),
    "spaced dots": ("{d}. {m}. %Y", "{d}. {m}. %Y %H:%M:%S"),
    "finnish": ("{d}.{m}.%Y", "{d}.{m}.%Y klo %H.%M"),
    "french": ("%d/%m/%Y", "%d/%m/%Y à %Hh%M"),
    "german": ("%d.%m.%Y", "%d.%m.%Y, %H:%M Uhr"),
    "nothing between": ("%Y%m%d", "%Y%m%d %H%M%S"),
    "portuguese": ("{d} de {name} de %Y", "{d} de {name} de %Y %H:%M"),
    "swedish": ("{d} {name} %Y", "{d} {name} %Y kl. %H:%M"),
    "polish": ("{d} {name} %Y r.", "{d} {name} %Y r. %H:%M"),
    "italian": ("{d} {name} %Y", "{d} {name} %Y %H:%M"),
}
_SWAPPED = str.maketrans(",.", ".,")
_BLANKS = str.maketrans(",.", "\u00a0,")
MONEY_STYLES: dict[str, Callable[[Decimal], str]] = {
    "german": lambda amount: f"{amount:,.2f}".translate(_SWAPPED),
    "euro": lambda amount: f"{amount:,.2f} €".translate(_SWAPPED),
    "dollars": lambda amount: f"${amount:,.2f}" if amount >= 0 else f"(${-amount:,.2f})",
    "french": lambda amount: f"{amount:,.2f}".replace(",", "\u202f").replace(".", ","),
    "swiss": lambda amount: f"{amount:,.2f}".replace(",", "'"),
    "comma": lambda amount: f"{amount:.2f}".replace(".", ","),
    "brazilian": lambda amount: f"R$ {amount:,.2f}".translate(_SWAPPED),
    "swedish": lambda amount: f"{amount:,.2f} kr".replace(",", " ").replace(".", ","),
    "danish": lambda amount: "kr. " + f"{amount:,.2f}".translate(_SWAPPED),
    "turkish": lambda amount: f"{amount:,.2f} TL".translate(_SWAPPED),
    "polish": lambda amount: f"{amount:,.2f}".translate(_BLANKS) + " zł",
    "minus last": lambda amount: f"{abs(amount):,.2f}".translate(_SWAPPED) + ("-" if amount < 0 else ""),
}
DURATION_STYLES: dict[str, Callable[[int, int], str]] = {
    "clock": lambda hours, minutes: f"{hours:02}:{minutes:02}:00",
    "iso": lambda hours, minutes: f"PT{hours}H{minutes}M",
    "words": lambda hours, minutes: f"{hours} Std. {minutes} Min.",
    "french": lambda hours, minutes: f"{hours}h{minutes:02}",
}
PATH_STYLES: dict[str, Callable[[str], str]] = {
    "drive": lambda path: "D:\\CRM\\Export\\" + path.replace("/", "\\"),
    "share": lambda path: "\\\\SERVER01\\crm$\\" + path.replace("/", "\\"),
    "capitals": str.upper,
    "link": lambda path: "file:///C:/Results/" + path.replace("-", "%2D"),
}


def print_date(style: str, moment: datetime, *, timed: bool) -> str:
    if style.startswith("serial"):
        days = (moment - _EPOCH) / timedelta(days=1)
        text = f"{days:.5f}" if moment.hour or moment.minute else f"{days:.0f}"
        return text.replace(".", ",") if style == "serial comma" else text
    if style in ("unix", "zone"):
        at = moment.replace(tzinfo=ZONE).astimezone(UTC)
        return str(int(at.timestamp())) if style == "unix" else f"{at:%Y-%m-%dT%H:%M:%SZ}" if timed else f"{moment:%Y-%m-%d}"
    name = _MONTHS[style][moment.month - 1] if style in _MONTHS else ""
    return moment.strftime(_DAYS[style][timed]).format(d=moment.day, m=moment.month, name=name)
