"""What is wrong with campaigns, their members, sends, suppression lists and templates."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import PurePosixPath

from migrations_app.models import Project, SourceTable, UploadFile
from migrations_app.rules.check import text_codes
from migrations_app.rules.spec import Issue
from migrations_app.rules.transforms.people import email_keys
from migrations_app.services import rows
from migrations_app.services.mailing.callings import Callings
from migrations_app.services.mailing.reading import CAMPAIGN_ROLES, Reader
from migrations_app.services.references import ReferenceIndex

AUDITED = ("campaigns", "campaign_members", "templates", "suppression", "email_sends")
REJECT, DECIDE, WARN = "reject", "decide", "warn"
FORMULA_SIGNS = ("=", "+", "@")  # allowed in an address, but what a spreadsheet has left there
_NAMES = {"campaigns": "name", "email_sends": "subject"}
_TOLD = {
    "extra_cells": "The row has more cells than the table has columns; the rest is left out.",
    "end_before_start": "The campaign ends before it starts; both dates are kept.",
    "unknown_campaign": "No campaign of the export has this id or name.",
    "unknown_contact": "No contact of the export has this id or address.",
    "member_twice": "The line before says already that the contact is in this campaign.",
    "unknown_event": "Nobody knows what kind of event this is; it counts as none.",
    "link_by_email_only": "The line names no contact; its address does.",
    "email_differs": "The contact has another address now; the line belongs to the contact all the same.",
    "invalid_email": "This is no complete e-mail address: nobody can be found by it.",
    "suppressed_twice": "The address stands there before with another reason: the strictest one counts.",
    "missing_file": "The package has no such file.",
    "path_traversal": "The path leads out of the package; it is not followed.",
}  # fmt: skip


class MailingExaminer:
    """Goes through the objects in the order of AUDITED; `contacts` is the index of the contacts that load."""

    def __init__(self, project: Project, force: Mapping[str, list[SourceTable]], contacts: ReferenceIndex) -> None:
        self._reader = Reader(project)
        self._contacts = contacts
        self._campaigns = ReferenceIndex("campaigns")
        self._knows_campaigns = "campaigns" in force
        self._callings = [Callings("campaigns", CAMPAIGN_ROLES), Callings("templates", ("template_ref", "email_name"))]
        self._last_member: tuple[int, str, str] = (0, "", "")
        self._reasons: dict[int, str] = {}
        uploads = {table.upload_id for table in force.get("templates", [])}
        self._files = set(UploadFile.objects.filter(upload__in=uploads).values_list("path", flat=True))
        self._looks: dict[str, Callable[[rows.SourceRow, dict[str, str]], Iterator[Issue]]] = {
            "campaigns": self._campaign,
            "campaign_members": self._member,
            "templates": self._template,
            "suppression": self._suppressed,
            "email_sends": self._send,
        }

    def look(self, object: str, row: rows.SourceRow, cells: dict[str, str]) -> Iterator[Issue]:
        """Everything that one row shows; rows that repeat an id are judged elsewhere."""
        width = len(row.table.headers)
        if len(row.cells) > width and any(row.cells[width:]):
            yield _issue("extra_cells", WARN, "", "")
        role = _NAMES.get(object, "")
        at = row.table.position_of(role) if role else None
        if at is not None:
            for code in text_codes(row.cells[at], cells[role]):
                yield Issue(code, WARN, role, row.cells[at], "It is kept as it is.")
        yield from self._looks[object](row, cells)

    def finish(self) -> Iterator[tuple[rows.SourceRow, Issue]]:
        """What only all lines show together. A campaign that a file of campaigns does not know is told line by line."""
        for each in self._callings[self._knows_campaigns :]:
            yield from each.finish()

    def _campaign(self, row: rows.SourceRow, cells: dict[str, str]) -> Iterator[Issue]:
        self._campaigns.add(row.key, [cells.get("name", "")], [])
        start, end = (self._reader.day(row.table, role, cells.get(role, "")) for role in ("start", "end"))
        if start and end and end < start:
            yield _issue("end_before_start", WARN, "end", cells["end"])

    def _member(self, row: rows.SourceRow, cells: dict[str, str]) -> Iterator[Issue]:
        self._callings[0].look(row, cells)
        campaign, text = self._find_campaign(cells)
        if text and not campaign:
            yield _issue("unknown_campaign", REJECT, "campaign_ref", text)
        contact = self._contact(cells)
        if not contact:
            yield _issue("unknown_contact", REJECT, "contact_ref", cells.get("contact_ref") or cells.get("email", ""))
        # who comes again much later was in the campaign twice; the same on the next line is one membership printed twice
        member = (row.table.pk, campaign or text, contact)
        if contact and member == self._last_member:
            yield _issue("member_twice", WARN, "", "")
        self._last_member = member

    def _template(self, row: rows.SourceRow, cells: dict[str, str]) -> Iterator[Issue]:
        self._callings[1].names.learn(cells.get("id", ""), cells.get("name", ""))
        path = cells.get("path", "")
        if path and leads_outside(path):
            yield _issue("path_traversal", REJECT, "path", path)
        elif path and find_file(path, self._files) is None:
            yield _issue("missing_file", REJECT, "path", path)

    def _suppressed(self, row: rows.SourceRow, cells: dict[str, str]) -> Iterator[Issue]:
        text = cells.get("email", "")
        emails = [email for email in email_keys(text) if not email.startswith(FORMULA_SIGNS)]
        if not emails and (text or not self._contact(cells)):
            yield _issue("invalid_email", DECIDE, "email", text)
        reason = self._reader.reason(cells.get("reason", ""))
        if {self._reasons.setdefault(_mark(email), reason) for email in emails} - {reason}:
            yield _issue("suppressed_twice", WARN, "email", text)

    def _send(self, row: rows.SourceRow, cells: dict[str, str]) -> Iterator[Issue]:
        for each in self._callings:
            each.look(row, cells)
        yield from self._send_contact(cells)
        campaign, text = self._find_campaign(cells)
        if text and not campaign:
            yield _issue("unknown_campaign", WARN, "campaign_ref", text)
        event = cells.get("event", "")
        if event and not self._reader.event(event):
            yield _issue("unknown_event", DECIDE, "event", event)

    def _send_contact(self, cells: dict[str, str]) -> Iterator[Issue]:
        reference, email = cells.get("contact_ref", ""), cells.get("email", "")
        by_reference = self._contacts.resolve(reference)[0] if reference else ""
        by_email, why = self._contacts.resolve(email) if email else ("", "")
        if by_reference:
            if email and by_email != by_reference and why != "several":
                yield _issue("email_differs", WARN, "email", email)
        elif reference or not (by_email or why == "several"):
            yield _issue("unknown_contact", DECIDE, "contact_ref", reference)
        else:
            yield _issue("link_by_email_only", WARN, "email", email)

    def _contact(self, cells: dict[str, str]) -> str:
        texts = (cells.get(role, "") for role in ("contact_ref", "email"))
        key, why = self._contacts.resolve_any(texts)
        return key or (cells.get("email", "") if why == "several" else "")

    def _find_campaign(self, cells: dict[str, str]) -> tuple[str, str]:
        """(key, text as printed); without a file of campaigns a name stands for itself."""
        texts = [cells[role] for role in CAMPAIGN_ROLES if cells.get(role)]
        if not texts or not self._knows_campaigns:
            return next(iter(texts), ""), next(iter(texts), "")
        return self._campaigns.resolve_any(texts)[0], texts[0]


def leads_outside(path: str) -> bool:
    """Absolute paths and those that climb out of the package."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return path.startswith(("/", "\\")) or ":" in (parts[0] if parts else "") or ".." in parts


def find_file(path: str, files: set[str]) -> str | None:
    """The kept file that a path of the index means: itself, below a folder of the package, or in other letters."""
    wanted = path.replace("\\", "/").strip("/").casefold()
    if leads_outside(path):
        return None
    return next((name for name in sorted(files) if name.casefold() == wanted or name.casefold().endswith(f"/{wanted}")), None)


def _issue(code: str, severity: str, field: str, value: str) -> Issue:
    return Issue(code, severity, field, value, _TOLD[code])


def _mark(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
