"""A Results package with everything that hangs on contacts, in the proportions of a customer who has used it for years."""

from collections.abc import Iterable
from pathlib import Path
from random import Random

FOR_A_CONTACT = {"activities": 20 / 3, "notes": 10 / 3, "files": 1 / 3, "deals": 1 / 5, "companies": 1 / 10}
WORDS = "offer hinge crane delivery invoice Müller asked visit spring price quote next later signed draft pump 😀 Söhne".split()
TYPES = ("Call", "Meeting", "Task", "Email")
FILE_BYTES = 4_000


def write(package: Path, contacts: int) -> None:
    (package / "attachments").mkdir(parents=True)
    random = Random(3)
    counts = {name: int(contacts * share) for name, share in FOR_A_CONTACT.items()}
    _table(
        package / "companies.csv",
        "Company ID,Company Name,Website,City",
        (f"CO-{n},Firm {n},firm{n}.example,Town {n % 90}" for n in range(counts["companies"])),
    )
    _table(
        package / "contacts.csv",
        "Contact ID,First Name,Last Name,Email,Work Phone,Company ID,Created Date",
        (
            f"CT-{n},Ann,Bell{n},ann{n}@firm{n % 900}.example,+49 30 {n:07},CO-{n % counts['companies']},2023-05-{n % 28 + 1:02} 09:18:00"
            for n in range(contacts)
        ),
    )
    _table(
        package / "opportunities.csv",
        "Opportunity ID,Opportunity Name,Company ID,Primary Contact ID,Pipeline,Stage,Status,Amount,Currency,Created Date",
        (
            f"OP-{n},Order {n},CO-{n % counts['companies']},CT-{n},Sales,Lead,Open,{random.randrange(10**7) / 100},EUR,2023-06-06 09:18:00"
            for n in range(counts["deals"])
        ),
    )
    _table(
        package / "activities.csv",
        "Activity ID,Type,Subject,Details,Start,End,Duration (min),Disposition,Outcome,Completed,Company ID,Contact ID,Opportunity ID",
        (_activity(n, contacts, counts, random) for n in range(counts["activities"])),
    )
    _table(
        package / "notes.csv",
        "Note ID,Note,Parent Type,Parent ID,Created Date",
        (
            f'NO-{n},"<p>{_text(random, 20)}</p><p><b>{_text(random, 12)}</b> {_text(random, 15)}</p>",Contact,CT-{n * 7 % contacts},'
            f"2023-08-{n % 28 + 1:02} 09:46:00"
            for n in range(counts["notes"])
        ),
    )
    _files(package, contacts, counts["files"], random)


def _activity(n: int, contacts: int, counts: dict[str, int], random: Random) -> str:
    hour, contact = f"2024-{n % 12 + 1:02}-{n % 28 + 1:02} {n % 9 + 8:02}", n * 7 % contacts
    deal = f"OP-{n % counts['deals']}" if n % 3 == 0 else ""
    return (
        f'AC-{n},{TYPES[n % 4]},Follow-up {n},"{_text(random, 14)}",{hour}:03:00,{hour}:33:00,30,Connected,Done,Yes,'
        f"CO-{contact % counts['companies']},CT-{contact},{deal}"
    )


def _files(package: Path, contacts: int, count: int, random: Random) -> None:
    for n in range(count):
        (package / "attachments" / f"AT-{n}.pdf").write_bytes(b"%PDF-1.4\n" + random.randbytes(FILE_BYTES))
    _table(
        package / "attachments.csv",
        "Attachment ID,File Name,Path,Kind,Content Type,Size (bytes),Parent Type,Parent ID,Uploaded",
        (
            f"AT-{n},plan {n}.pdf,attachments/AT-{n}.pdf,document,application/pdf,{FILE_BYTES + 9},Contact,CT-{n * 3 % contacts},2025-06-06"
            for n in range(count)
        ),
    )


def _text(random: Random, words: int) -> str:
    return " ".join(random.choices(WORDS, k=words))


def _table(path: Path, header: str, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{header}\n")
        file.writelines(f"{line}\n" for line in lines)
