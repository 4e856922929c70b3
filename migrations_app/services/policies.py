"""What a project has decided once for all its records (PRACTICE.md 3): the choices, their defaults, and how they are changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from migrations_app.models import Project, require
from migrations_app.rules import calls, left_out, zones
from migrations_app.rules.mailing import timeline

KEEP_DAYS = "keep_days"
ARCHIVE_DAYS = "archive_days"
BESIDE_RECORDS = frozenset({KEEP_DAYS, ARCHIVE_DAYS})  # no record depends on them: they make no audit and no signature out of date


@dataclass(frozen=True, slots=True)
class Policy:
    """`choices` are {value: what it means}; without any, the policy is a whole number of at least `least`, with `email` an address,
    or a text that `check` returns a complaint about, if there is one."""

    name: str
    label: str
    choices: Mapping[str, str]
    help: str = ""
    least: int = 0
    email: bool = False
    check: Callable[[str], str] | None = None


_WINNERS = {
    "transactions": "QuickBooks where the record has transactions there, else the CRM",
    "quickbooks": "QuickBooks",
    "crm": "the CRM",
}
_ALWAYS = {name: _WINNERS[name] for name in ("crm", "quickbooks")}

POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(
            "old_tasks",
            "Undone activities of long ago",
            {"done": "load as done, the note says that they were open", "open": "keep open", "skip": "leave out"},
            "A task of past years that is still open makes the first day in Pipedrive red.",
        ),
        Policy("old_tasks_days", "Days after which an undone activity is of long ago", {}, least=1),
        Policy(
            "outcomes",
            "Dispositions and outcomes of activities",
            {
                "note": "as lines of the note",
                "outcome": "the account's own outcome where it has one of that name; the line of the note stays in any case",
                "type": "the disposition joins the type, such as “Call: Left message”; the outcome stays a line",
            },
            "Pipedrive's activities have no custom fields; each type made costs 10 tokens once, looking for outcomes 10 at each look.",
        ),
        Policy(
            "calls",
            "Calls that are done",
            {calls.ACTIVITY: "activities, as all others are", calls.LOG: "call logs of Pipedrive, with their real past time"},
            "A call log costs 10 tokens instead of 5, and 20 for fifty to read back. It needs a number: the row's, else its contact's. "
            "It belongs to the user of the token, as Pipedrive shows nobody else's; who called stands in its note. It cannot be changed "
            "afterwards and has six outcomes; other words stay in the note. Calls to be made, without a time of day or with files stay "
            "activities.",
        ),
        Policy(
            "projects",
            "Projects among the deals",
            {
                "deal": "won deals of a pipeline of their own where they have a value, others are left out",
                "note": "a note on the company or contact",
                "skip": "left out",
            },
            "Rows that say “Is opportunity: no”, such as QuickBooks jobs, are work done and no chance to sell.",
        ),
        Policy("file_limit_mb", "Largest file, in megabytes", {}, least=1),
        Policy(
            "visibility",
            "Who sees the records in Pipedrive",
            {"company": "everybody in the company", "group": "the owner's visibility group", "owner": "the owner and followers"},
        ),
        Policy(
            "references",
            "References in activities, notes, lines and files",
            {"yes": "each ends in “Ref” and the key of its row, a file has it in its name", "no": "their texts and names stay bare"},
            "By it a record is known again after a lost answer, and by people who look for a row.",
        ),
        Policy(
            "file_check",
            "Files downloaded and compared byte for byte",
            {"sample": "one in twenty, at most twenty of a load", "all": "every file", "none": "none: name, size and record only"},
            "A download costs 20 tokens.",
        ),
        Policy(
            "relationships",
            "Parents and branches among organizations",
            {"yes": "relationships of Pipedrive", "no": "a text field with the parent's name or id only"},
            "From a column of parents, and from QuickBooks' names such as “Parent:Branch”. Each costs 10 tokens, and 20 to read back.",
        ),
        Policy(
            "merge_notes",
            "What merged duplicates said otherwise",
            {"yes": "a note on the record that stays tells it", "no": "it is not kept"},
            "The first row's values stand, the others fill its blanks; what differs would be gone. A note costs 10 tokens.",
        ),
        Policy(
            "left_out_files",
            "Files that cannot go to Pipedrive",
            {
                left_out.ZIP: "handed out in a zip with an index",
                left_out.LINK: "a note on their record links to where they are hosted",
                left_out.SKIP: "left out, named in the lists only",
            },
            "Too large, of a refused type, or not in the package. Single files are answered under Questions.",
        ),
        Policy(
            "file_link",
            "Address of hosted files",
            {},
            "Such as https://files.example.com/{path}; {path}, {name} and {id} are filled in for each file.",
            check=left_out.why_no_pattern,
        ),
        Policy(
            "quickbooks_name",
            "Names of companies that QuickBooks spells otherwise",
            _WINNERS,
            "A name that QuickBooks has only cut at 41 characters never wins. Single records are answered under QuickBooks differences.",
        ),
        Policy("quickbooks_address", "Billing addresses that differ in QuickBooks", _WINNERS),
        Policy("quickbooks_phone", "Phone numbers that differ in QuickBooks", _WINNERS),
        Policy(
            "quickbooks_amounts",
            "Balances and prices that differ in QuickBooks",
            _ALWAYS,
            "What QuickBooks says stands in a field of its own besides.",
        ),
        Policy(
            "quickbooks_only",
            "Customers whom only QuickBooks has",
            {"leave": "left out, named in the lists", "load": "organizations of their own"},
            "Where its list of customers was taken in. Jobs and branches, and names that several records have, are never made anew.",
        ),
        Policy(
            "contacts_taken",
            "Contacts that move",
            {
                "all": "all of them",
                "active": "those active in 24 months, those who must not be written to, and those of a company with a deal",
            },
            "For mailing systems, which hold many more people than a CRM wants. The report hands out the rest as left_behind.csv.",
        ),
        Policy(
            "sends",
            "E-mail sends on the timeline",
            timeline.TITLES,
            "What each choice costs stands on the page Mailings. The counters of the person come in any case.",
        ),
        Policy(
            "sends_owner",
            "User who gets the activities of e-mail sends",
            {},
            "The address of a Pipedrive user, but of nobody who sells: reports count what is done. Empty: who takes all other owners.",
            email=True,
        ),
        Policy(
            "campaign_notes",
            "History of campaigns as a note",
            {
                "companies": "one for each company, and for each person without a company",
                "all": "one for each company and each person",
                "no": "none: the fields only",
            },
            "A note costs 10 tokens.",
        ),
        Policy(
            "deal_campaigns",
            "Campaigns onto deals that are in Pipedrive",
            {
                "no": "not at all",
                "contact": "those that the deal's contact was in while it was open, and those of a list made by hand",
                "column": "those that a column of the export links with it, and those of a list made by hand",
                "list": "only those of a list made by hand",
            },
            "Deals get a field Campaigns when the account is prepared; “Campaigns onto deals” fills it, as often as you like, and "
            "takes off again what it put there.",
        ),
        Policy(
            "deal_column",
            "Column of the export that names deals",
            {},
            "In the file of campaigns, of their members or of contacts: a deal's number or address in Pipedrive, its id in another "
            "project, or its title. Empty: the column whose header says so.",
            check=lambda text: "",
        ),
        Policy(
            "existing",
            "Records that live in Pipedrive already",
            {
                "fill": "link them and fill what is empty there",
                "overwrite": "link them and take the export's values",
                "leave": "link them and leave their values",
                "create": "make new records beside them",
            },
            "Owner and name stay in any case; what stood there before is kept, so that a rollback brings it back.",
        ),
        Policy(
            "file_zones",
            "Files written in another time zone than the project's",
            {},
            "Such as sends*.csv=America/New_York; several are separated by semicolons. Reports often keep the clock of who asked for them.",
            check=zones.why_no_zones,
        ),
        Policy(
            ARCHIVE_DAYS,
            "Days after which closed deals may be archived",
            {},
            "A saved filter finds them, so that people archive them in Pipedrive, last of all: archived deals make room under the plan's "
            "cap and can be changed no more, neither by a later export nor by a rollback. 0: no such filter.",
        ),
        Policy(
            KEEP_DAYS,
            "Days that the customer's data stays here when the project is closed",
            {},
            "The page After the go-live shows the date on which it is due to be deleted.",
            least=1,
        ),
    )
}


class BadPolicy(ValueError):
    """No such policy, or no such choice; the text says what there is."""


def value(project: Project, name: str) -> Any:
    return project.setting(POLICIES[name].name)


def in_words(project: Project, name: str) -> str:
    chosen = value(project, name)
    return POLICIES[name].choices.get(chosen, str(chosen))


def as_dict(project: Project) -> dict[str, Any]:
    return {name: value(project, name) for name in POLICIES}


def of_records(project: Project) -> dict[str, Any]:
    """Those that decide what becomes of a record."""
    return {name: chosen for name, chosen in as_dict(project).items() if name not in BESIDE_RECORDS}


def change(project: Project, given: Mapping[str, Any], *, user: Any) -> None:
    """Raises Forbidden and BadPolicy; nothing is changed then."""
    require(user, "map", project)
    checked = {name: _checked(name, text) for name, text in given.items()}
    settings = {**project.settings, **checked}
    if settings.get("left_out_files") == left_out.LINK and not settings.get("file_link"):
        raise BadPolicy("Say where the files are hosted (file_link) before notes can link to them.")
    project.settings = settings
    project.save(update_fields=["settings"])


def _checked(name: str, text: Any) -> Any:
    policy = POLICIES.get(name)
    if policy is None:
        raise BadPolicy(f"There is no policy “{name}”; there are {', '.join(POLICIES)}.")
    if policy.choices:
        if text not in policy.choices:
            raise BadPolicy(f"“{text}” is no choice for {name}; choose {', '.join(policy.choices)}.")
        return text
    if policy.email:
        return _address(policy, str(text).strip())
    if policy.check:
        if complaint := policy.check(str(text)):
            raise BadPolicy(f"{policy.label}: {complaint}")
        return str(text)
    if not str(text).isdigit() or int(text) < policy.least:
        raise BadPolicy(f"{policy.label}: “{text}” is no whole number of at least {policy.least}.")
    return int(text)


def _address(policy: Policy, text: str) -> str:
    """Empty again names nobody."""
    try:
        validate_email(text or "nobody@example.com")
    except ValidationError:
        raise BadPolicy(f"{policy.label}: “{text}” is no e-mail address.") from None
    return text
