"""One clean table and the ways in which exports of it come damaged."""

import csv
import io

HEADERS = ["Code", "Opened", "Time", "Qty", "Price", "Customer", "Remark", "Page", "Comments"]
PEOPLE = ("Ann O'Neil", "Söhne & Co.", "Smith, John", 'The "Best" Shop', 'Weaver 48"', "Ltd.; Sons", "D'Arcy", "Zoë")
REMARKS = (
    "Calls back on Monday, wants a quote",
    "Won't pay before June",
    'Said "maybe", then left',
    "Prefers e-mail, please; no calls",
    "Table of 5'9\" length, oak",
    "Nothing special here",
)
ROWS = [
    [
        f"CO-{1000 + number}",
        f"{number % 28 + 1:02}/{number % 12 + 1:02}/2024",
        f"{number % 24:02}:{number % 4 * 15:02}",
        str(number % 7),
        f"${number}.{number % 100:02}",
        PEOPLE[number % len(PEOPLE)],
        REMARKS[number % len(REMARKS)],
        f"https://www.example.com/page/{number}.html",
        "",
    ]
    for number in range(60)
]
TABLE = [HEADERS, *ROWS]
QUOTED = (6, 7)  # these columns stand in quotes always, as some programs write them


def cell(text: str, column: int, delimiter: str = ",", quote: str = '"', escape: str = '"') -> str:
    if column in QUOTED or any(sign in text for sign in (delimiter, quote, "\n", "\r")):
        return quote + text.replace(quote, escape + quote) + quote
    return text


def line(row: list[str], delimiter: str = ",", quote: str = '"', escape: str = '"') -> str:
    return delimiter.join(cell(text, column, delimiter, quote, escape) for column, text in enumerate(row))


def text(rows: list[list[str]] = TABLE, end: str = "\r\n", **dialect: str) -> str:
    return "".join(line(row, **dialect) + end for row in rows)


def replaced(number: int, new: str) -> str:
    """The file with another text in place of one line (0 is the header)."""
    lines = text().split("\r\n")
    lines[number] = new
    return "\r\n".join(lines)


def cells_of(number: int) -> list[str]:
    """The cells of one line as they are written, quotes included."""
    return [cell(content, column) for column, content in enumerate(TABLE[number])]


def as_csv(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
