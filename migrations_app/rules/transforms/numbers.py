"""Numbers, money, percentages and currencies, with the decimal mark that a column has proved."""

import re
from decimal import Decimal
from functools import lru_cache

from migrations_app.rules.transforms.registry import Convert, Options, transform
from migrations_app.rules.transforms.words import currency_names, fold

MARK_OF_FORMAT = {"1,234.56": ".", "1.234,56": ",", "1 234,56": ",", "1'234.56": "."}

_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "tl": "TRY",
    "rs": "INR",
    "₴": "UAH",
    "₪": "ILS",
    "₫": "VND",
    "฿": "THB",
    "₦": "NGN",
    "kč": "CZK",
    "zł": "PLN",
    "ft": "HUF",
    "lei": "RON",
    "лв": "BGN",
    "fr": "CHF",
    "sfr": "CHF",
    "us$": "USD",
    "usd$": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "s$": "SGD",
    "hk$": "HKD",
    "r$": "BRL",
    "mx$": "MXN",
    "euro": "EUR",
    "euros": "EUR",
}
# One sign, several currencies: the project's own if it is among them, else the first.
_SHARED_SIGNS = {"$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"), "kr": ("SEK", "NOK", "DKK", "ISK"), "r": ("ZAR",)}

_ODD_GROUPS = re.compile(r"\d\s(?!\d{3}(?!\d))\d|\d{4,}\s\d")
_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’´`_]+")
_ABBREVIATION_DOT = re.compile(r"(?<=[^\W\d])\.(?=\s*[-−–(]?\s*\d)")
_AROUND = re.compile(r"(?P<before>[^\d.,]*)(?P<digits>[\d.,]*\d[\d.,]*?)(?P<after>(?:[^\d.,].*)?|[.,][-–—]+.*)")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,2}")
_POINT_LAST = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}\.\d+")
_COMMA_LAST = re.compile(r"\d{1,3}(?:\.\d{2,3})*\.\d{3},\d+")
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{2,3})+,\d{3}|(?:\.\d{2,3})+\.\d{3})")
_UNCLEAR = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_PLAIN = re.compile(r"\d*[.,]?\d+|\d+[.,]")


@lru_cache(maxsize=50_000)
def read_number(text: str, mark: str = "") -> Decimal:
    """A number however it is written; ValueError for what is none.

    `mark` ("." or ",") decides only what the text leaves open: one separator before exactly three digits. Without it that is a
    thousands separator, and blanks stand between groups of three. Parentheses and a minus on either side
    mean negative; a known currency may stand on either side.
    """
    if _ODD_GROUPS.search(text):
        raise ValueError("not a number")
    squeezed = _squeeze(text)
    if _SCIENTIFIC.fullmatch(squeezed):
        return Decimal(squeezed.replace(",", "."))
    match = _AROUND.fullmatch(squeezed)
    if not match:
        raise ValueError("not a number")
    before, after = match["before"], match["after"]
    after = after.lstrip(".,-") if after[:1] in (".", ",") else after  # 1'200.- as the Swiss write it
    negative = "-" in before + after or ("(" in before and ")" in after)
    for word in (before, after):
        rest = word.strip("+-()%")
        if rest and not _is_currency(rest):
            raise ValueError("not a number")
    value = Decimal(_plain_digits(match["digits"], mark))
    return -value if negative else value


def _squeeze(text: str) -> str:
    return _BLANKS.sub("", _ABBREVIATION_DOT.sub("", text)).replace("−", "-").replace("–", "-")


def _plain_digits(digits: str, mark: str) -> str:
    if _POINT_LAST.fullmatch(digits):
        return digits.replace(",", "")
    if _COMMA_LAST.fullmatch(digits):
        return digits.replace(".", "").replace(",", ".")
    if _GROUPS.fullmatch(digits):
        return digits.replace(",", "").replace(".", "")
    if _UNCLEAR.fullmatch(digits):
        separator = digits[-4]
        return digits.replace(separator, "." if separator == mark else "")
    if _PLAIN.fullmatch(digits):
        return digits.replace(",", ".")
    raise ValueError("not a number")


def proves_mark(text: str) -> str:
    """The decimal mark that this text alone proves, or nothing."""
    match = _AROUND.fullmatch(_squeeze(text))
    digits = match["digits"] if match else ""
    if _UNCLEAR.fullmatch(digits) or ("," not in digits and "." not in digits):
        return ""
    if _GROUPS.fullmatch(digits):
        return "." if "," in digits else ","
    last = max(digits.rfind(","), digits.rfind("."))
    return digits[last]


def _is_currency(word: str) -> bool:
    word = word.strip(".").casefold()
    return word in _SIGNS or word in _SHARED_SIGNS or fold(word) in currency_names()


@lru_cache(maxsize=20_000)
def currency_code(text: str, default: str = "") -> str:
    """ISO 4217 code of a sign, code or name; a sign that several currencies share means `default` where that is one of them."""
    word = text.strip().strip(".").casefold()
    shared = _SHARED_SIGNS.get(word)
    if shared:
        return default if default in shared else shared[0]
    return _SIGNS.get(word) or currency_names().get(fold(word), "")


def currency_in(text: str, default: str = "") -> str:
    """The currency that an amount names itself, or empty."""
    match = _AROUND.fullmatch(_squeeze(text))
    words = [word.strip("+-–−()%") for word in (match["before"], match["after"])] if match else []
    return next((code for word in words if word and (code := currency_code(word, default))), "")


def amount_text(value: Decimal) -> str:
    """Plain digits, as many decimals as the source gave."""
    return f"{value:f}"


def _mark(options: Options) -> str:
    return options.get("decimal") or MARK_OF_FORMAT.get(options.get("number_format", ""), "")


@transform("number", "Number", "Option decimal: the mark (. or ,) that the column proves.", typed=True)
def number(options: Options) -> Convert:
    mark = _mark(options)

    def convert(text: str, region: str) -> tuple[int | str | None, str]:
        try:
            value = read_number(text, mark)
        except (ValueError, ArithmeticError):
            return None, "bad_number"
        return (int(value), "") if value == value.to_integral_value() else (amount_text(value), "")

    return convert


@transform("percent", "Percent", "From 0 to 100. Option scale: 100, or 1 where the column holds fractions; ambiguous is asked.", typed=True)
def percent(options: Options) -> Convert:
    mark, scale = _mark(options), options.get("scale", 100)

    def convert(text: str, region: str) -> tuple[int | str | None, str]:
        try:
            value = read_number(text, mark)
        except (ValueError, ArithmeticError):
            return None, "bad_number"
        if scale == "ambiguous" and "%" not in text and value:
            return None, "ambiguous_percent"
        if scale == 1 and "%" not in text:
            value *= 100
        if not 0 <= value <= 100:
            return None, "bad_number"
        return (int(value), "") if value == value.to_integral_value() else (amount_text(value.normalize()), "")

    return convert


@transform(
    "amount", "Amount", "The bare amount; its currency comes from the currency column, the sign beside it, or the project.", typed=True
)
def amount(options: Options) -> Convert:
    mark = _mark(options)

    def convert(text: str, region: str) -> tuple[str | None, str]:
        try:
            return amount_text(read_number(text, mark)), ""
        except (ValueError, ArithmeticError):
            return None, "bad_amount"

    return convert


@transform("money", "Money", "An amount with its currency: the sign beside it, else the row's, else the project's.", typed=True)
def money(options: Options) -> Convert:
    plain, default = amount(options), options.get("currency", "")

    def convert(text: str, region: str) -> tuple[dict[str, str] | None, str]:
        value, code = plain(text, region)
        return (None, code) if value is None else ({"value": value, "currency": currency_in(text, default)}, "")

    return convert


transform("price", "Price", "A product's price in the row's currency, else the one beside it, else the project's.", typed=True)(amount)
transform("cost", "Cost", "What the product costs the seller, in the currency of its price.", typed=True)(amount)
transform("line_total", "Total of a line", "Not loaded: compared with price × quantity, less the discount.", typed=True)(amount)


@transform("discount", "Discount", "A percentage, or an amount where a currency stands beside it. Option scale as for percent.", typed=True)
def discount(options: Options) -> Convert:
    mark, fractions = _mark(options), options.get("scale") == 1

    def convert(text: str, region: str) -> tuple[dict[str, str] | None, str]:
        try:
            value = abs(read_number(text, mark))
        except (ValueError, ArithmeticError):
            return None, "bad_number"
        if currency_in(text):
            return {"type": "amount", "value": amount_text(value)}, ""
        value *= 100 if fractions and "%" not in text else 1
        return ({"type": "percentage", "value": amount_text(value)}, "") if value <= 100 else (None, "bad_number")

    return convert


@transform("currency", "Currency", "ISO 4217 code, from a code, sign or name.", typed=True)
def currency(options: Options) -> Convert:
    default = options.get("currency", "")

    def convert(text: str, region: str) -> tuple[str | None, str]:
        code = currency_code(text, default)
        return (code, "") if code else (None, "unknown_currency")

    return convert
