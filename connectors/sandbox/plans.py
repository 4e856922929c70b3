"""What a plan allows (caps as of late 2025) and the currencies that Pipedrive knows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    multiplier: int  # of 30,000 tokens per seat and day
    requests: int  # per two seconds and API token
    open_items: int  # deals and leads per seat, neither archived nor deleted
    custom_fields: int
    visibilities: tuple[int, ...]
    recurring: bool  # billing frequencies on products


PLANS = {
    "lite": Plan(1, 20, 2_500, 30, (1, 3), False),
    "growth": Plan(2, 40, 5_000, 100, (1, 3), True),
    "premium": Plan(5, 100, 15_000, 300, (1, 3, 5, 7), True),
    "ultimate": Plan(7, 120, 20_000, 500, (1, 3, 5, 7), True),
}

TOKENS_PER_SEAT = 30_000
MOST_OPEN_ITEMS = 300_000

CURRENCIES = {
    code: int(digits)
    for code, digits in (
        pair.split(":")
        for pair in (
            "AED:2 ARS:2 AUD:2 BGN:2 BHD:3 BRL:2 CAD:2 CHF:2 CLP:0 CNY:2 COP:2 CRC:2 CZK:2 DKK:2 EGP:2 EUR:2 GBP:2 HKD:2 HUF:2 IDR:2 "
            "ILS:2 INR:2 ISK:0 JOD:3 JPY:0 KRW:0 KWD:3 LKR:2 MAD:2 MXN:2 MYR:2 NGN:2 NOK:2 NZD:2 OMR:3 PEN:2 PHP:2 PKR:2 PLN:2 QAR:2 "
            "RON:2 RSD:2 RUB:2 SAR:2 SEK:2 SGD:2 THB:2 TND:3 TRY:2 TWD:2 UAH:2 USD:2 UYU:2 VND:0 ZAR:2"
        ).split()
    )
}
