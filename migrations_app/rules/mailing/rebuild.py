"""Workflows as people rebuild them in Pipedrive: what each step becomes, which plan that takes, who hands over to whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from migrations_app.rules.mailing.enrolments import records_in, told_step

_PARTS = re.compile(r"\s*(?:;|\||\n|→|->)\s*")
_HANDS_OVER = re.compile(
    r"(?:add(?:ed)? to|start|hand (?:off|over) to|move to|enroll? in)\s+(?:the\s+)?(?:campaign|list|workflow|automation)\s*[:\"“]?\s*(.+)",
    re.IGNORECASE,
)

AUTOMATION, SEQUENCE, CAMPAIGN, BY_HAND = "automation", "sequence", "Campaigns add-on", "by hand"
# What a step says, the nearest thing in Pipedrive, and what that needs. The first that fits counts.
EQUIVALENTS: Sequence[tuple[str, str, str]] = (
    (r"e-?mail|send|newsletter|nurture", "Send an e-mail from a template, or a Campaigns mail to a filtered list", CAMPAIGN),
    (r"text message|sms", "Through an integration from the marketplace", BY_HAND),
    (r"wait|delay|pause", "A delay step in the automation", AUTOMATION),
    (r"notify|alert|inform", "Create an activity for the owner, or an e-mail to a user", AUTOMATION),
    (r"task|activity|call|follow", "Create an activity", AUTOMATION),
    (r"branch|if |when |split|a/b", "Two automations with opposite conditions", AUTOMATION),
    (r"set field|update field|change field|lead status|stage", "Update a field of the person or deal", AUTOMATION),
    (r"score", "No lead score: a number field that automations set, or labels", BY_HAND),
    (r"assign|owner", "Update the owner of the person or deal", AUTOMATION),
    (r"add to|remove from|list|subscription|campaign", "Set an option of the field Lists or Campaigns; a filter is the list", AUTOMATION),
    (r"webinar|register", "Through an integration from the marketplace", BY_HAND),
    (r"sync|crm", "Nothing to do: Pipedrive is the CRM", BY_HAND),
    (r"stop|end|exit", "The automation ends there", AUTOMATION),
)
TRIGGERS: Sequence[tuple[str, str]] = (
    (r"click|open", "No trigger on opens and clicks of other systems; Campaigns statistics and filters come nearest"),
    (r"form|submit|landing", "Web forms of Pipedrive (LeadBooster) create a lead or person: the automation starts from that"),
    (r"date|anniversary|birthday", "A date trigger on a date field of the person or deal"),
    (r"field|changed|updated|status", "“Person updated” or “deal updated” with that field as condition"),
    (r"score", "“Person updated” on the number field that stands for the score"),
    (r"list|segment|subscri|joined|member|added", "“Person updated” on the field Lists"),
    (r"creat|new contact", "“Person created”"),
    (r"visit|page", "No trigger on web visits"),
)
MOST_ACTIONS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """`stood` is how many contacts stood at it at the freeze; None where the export does not tell."""

    said: str
    becomes: str
    needs: str
    stood: int | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    key: str
    name: str
    trigger: str
    conditions: tuple[str, ...]
    steps: tuple[Step, ...]
    told_steps: int | None = None
    enrolled: int | None = None
    active: bool = True
    listed: int | None = None  # persons of whom the export says that they stood in it

    @property
    def standing(self) -> int | None:
        """How many stood in it: as counted, else as listed; None where nobody tells."""
        return self.enrolled if self.enrolled is not None else self.listed

    @property
    def starts(self) -> str:
        return next((becomes for words, becomes in TRIGGERS if re.search(words, self.trigger, re.I)), "By hand: choose what starts it")

    @property
    def hands_over_to(self) -> list[str]:
        return [match[1].strip(' "”.') for step in self.steps if (match := _HANDS_OVER.search(step.said))]

    @property
    def cannot(self) -> list[str]:
        """What has no place in an automation of Pipedrive."""
        return list(dict.fromkeys(step.said for step in self.steps if step.needs == BY_HAND))

    @property
    def plan(self) -> str:
        if any(step.needs == CAMPAIGN for step in self.steps):
            return "Growth or higher for automations; mails to many need the Campaigns add-on"
        return "Growth or higher" if self.steps else "any"

    @property
    def warnings(self) -> list[str]:
        found = []
        if self.told_steps is not None and self.told_steps != len(self.steps):
            found.append(f"The export counts {self.told_steps} steps and lists {len(self.steps)}: look at it before the account closes.")
        if self.enrolled is not None and self.listed is not None and self.enrolled != self.listed:
            found.append(f"The export counts {self.enrolled} contacts in it and lists {self.listed}: export the list again at the freeze.")
        if len(self.steps) > MOST_ACTIONS:
            found.append(f"More than {MOST_ACTIONS} steps: split it into several automations.")
        return found


def edges(workflows: Sequence[Workflow]) -> list[tuple[str, str]]:
    """(from, to) in order: to another workflow, or to the list or campaign that a step names and that starts others."""
    found = [(each.name, _called(name, workflows)) for each in workflows for name in each.hands_over_to]
    between = {name for _, name in found} - {each.name for each in workflows}
    for each in workflows:
        found += [(name, each.name) for name in sorted(between) if name.casefold() in each.trigger.casefold()]
    return list(dict.fromkeys(found))


def _called(name: str, workflows: Sequence[Workflow]) -> str:
    """The workflow itself, however a step spells it."""
    return next((each.name for each in workflows if each.name.casefold() == name.casefold()), name)


def steps_of(text: str) -> tuple[Step, ...]:
    if nested := records_in(text):
        return tuple(replace(_step(said), stood=stood) for said, stood in map(told_step, nested))
    return tuple(_step(part) for part in parts_of(text))


def parts_of(text: str) -> tuple[str, ...]:
    """The entries of a joined list, numbering off."""
    return tuple(part for each in _PARTS.split(text.strip()) if (part := re.sub(r"^\d+[.)]\s*", "", each).strip()))


def _step(said: str) -> Step:
    for words, becomes, needs in EQUIVALENTS:
        if re.search(words, said, re.I):
            return Step(said, becomes, needs)
    return Step(said, "Nothing like it: do it by hand or with an integration", BY_HAND)
