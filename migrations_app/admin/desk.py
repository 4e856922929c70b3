"""What the project page shows: where the move stands, what is next, what waits for whom."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache as stored
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from redis.exceptions import RedisError

from migrations_app import gates, jobs
from migrations_app.admin import mailing, progress
from migrations_app.admin.actions import ACTIONS, DeskAction, address
from migrations_app.admin.base import allowed, list_of
from migrations_app.admin.guide import Guide
from migrations_app.admin.review import address_of
from migrations_app.admin.settling import gate_title, settling_link
from migrations_app.admin.signing import ON_PRODUCTION, ON_RUN
from migrations_app.models import Decision, Finding, Mapping, PipedriveAccount, Project, RecordLink, Run, SourceTable, Upload
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import connecting, drift, estimate, journey, proposing, signing
from migrations_app.services.wording import plain
from migrations_app.states import BatchState, MappingState, RunState
from migrations_app.verbs import PARTS, Card

RUNS_SHOWN = 5
FINDINGS_SHOWN = 10
SEVERITIES = [Finding.Severity.REJECT, Finding.Severity.DECIDE, Finding.Severity.WARN]
ESTIMATE_KEPT = 3600
LISTS = {"Uploads": Upload, "Files": SourceTable, "Maps": Mapping, "Answers": Decision, "Records": RecordLink}
PAGES = {
    "Both sides": "crossdock_discovery",
    "Cutover": "crossdock_cutover",
    "After the go-live": "crossdock_hypercare",
    "Life of a record": "crossdock_life",
}
WORK_TITLES = {
    "intake": "Reading the export",
    "audit": "Audit",
    "prepare": "Preparing the account",
    "suppress": "Flagging suppressed persons",
    "look": "Looking at the account",
    "plan": "Planning the load",
    "verify": "Verifying",
    "undo": "What undoing would do",
    "correct": "Correction",
}


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    icon: str
    address: str
    destructive: bool = False


@dataclass(frozen=True, slots=True)
class RunShown:
    run: Run
    bars: list[progress.Bar]
    buttons: list[Button]
    live: bool

    @property
    def state(self) -> str:
        """Planned batches wait for people; that is more than "being planned" says."""
        if self.run.state != RunState.PLANNING or not self.run.batches_planned:  # type: ignore[attr-defined]
            return self.run.get_state_display()
        return "waits for approval" if self.run.batches_waiting else "approved"  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class AccountShown:
    account: PipedriveAccount
    concerns: list[str]
    blocks: list[tuple[str, list[tuple[gates.Missing, str]]]]  # title, what is missing and the link to settle it


class Desk:
    """One project as one user sees it."""

    def __init__(self, request: HttpRequest, project: Project) -> None:
        self.request = request
        self.project = project
        self.accounts = list(project.accounts.order_by("-role"))  # staging first
        for account in self.accounts:
            account.project = project

    # --- the page ------------------------------------------------------------------------------------------------------

    def page(self) -> dict[str, Any]:
        runs, steps, cards = self.runs(), journey.steps(self.project), self.cards()
        pages = PAGES | mailing.pages(self.project)
        return {
            "project": self.project,
            "steps": steps,
            "next": Guide(self.project, self.accounts, runs[0].run if runs else None, cards, steps, self.may).next_step(),
            "cards": cards,
            "buttons": self.buttons(self._on_project(), self.project),
            "papers": reverse("admin:crossdock_papers", args=[self.project.pk]),
            "links": [(name, list_of(model, project=self.project.pk)) for name, model in LISTS.items()],
            "mails": address("mails", self.project),
            "pages": [(name, reverse(f"admin:{each}", args=[self.project.pk])) for name, each in pages.items()],
            "findings": self.findings(),
            "account_buttons": [(account, *self.account_buttons(account)) for account in self.accounts],
            "connect": self.may("connect") and len(self.accounts) < len(PipedriveAccount.Role.choices),
            "last": runs[0].run if runs else None,
            "table": progress.table(runs[0].run) if runs else None,
            "members": self.project.memberships.select_related("user").order_by("role", "user__username"),
            **self.live(runs),
        }

    def live(self, runs: list[RunShown] | None = None) -> dict[str, Any]:
        """What changes by itself: background work and runs."""
        runs = self.runs() if runs is None else runs
        work, reachable = self.work()
        return {
            "project": self.project,
            "work": work,
            "queue_reachable": reachable,
            "runs": runs,
            "live": any(run.live for run in runs) or any(each["under_way"] for each in work),
        }

    def outlook(self) -> dict[str, Any]:
        """What takes a look at all rows: the estimate, and what blocks each account."""
        return {
            "project": self.project,
            "estimate": self.estimate(),
            "accounts": [self._account(each) for each in self.accounts],
            "drift": drift.drift(self.project),
        }

    # --- parts ---------------------------------------------------------------------------------------------------------

    def may(self, right: str) -> bool:
        return allowed(self.request, right, self.project.pk)

    def _on_project(self) -> list[str]:
        """A map is approved where one waits for it."""
        waiting = proposing.newest(self.project)
        approve = ["approve"] if waiting is None or waiting.state == MappingState.DRAFT else []
        return ["upload", "propose", "read-map", *approve, "audit", "pin"]

    def button(self, action: DeskAction, target: Any) -> Button:
        return Button(action.label, action.icon, address(action.name, target), action.destructive)

    def buttons(self, names: Iterable[str], target: Any) -> list[Button]:
        return [self.button(ACTIONS[name], target) for name in names if self.may(ACTIONS[name].right)]

    def cards(self) -> list[Card]:
        return [card for part in PARTS.cards for card in part(self.project, self.request.user)]

    def findings(self) -> dict[str, Any]:
        """The newest audit's findings by severity, and the gravest of them with bars as long as their share of the largest."""
        if self.project.audit_id is None:
            return {}
        found = [each for each in Finding.objects.filter(audit=self.project.audit_id) if each.count]
        found.sort(key=lambda each: (SEVERITIES.index(Finding.Severity(each.severity)), -each.count))
        shown = found[:FINDINGS_SHOWN]
        most = max((each.count for each in shown), default=1)
        return {
            "totals": [_total(severity, [each for each in found if each.severity == severity]) for severity in SEVERITIES],
            "shown": [
                {
                    "finding": each,
                    "title": plain(each.code),
                    "object": each.object.replace("_", " "),
                    "share": max(1, 100 * each.count // most),
                }
                for each in shown
            ],
            "more": len(found) - len(shown),
            "address": list_of(Finding, project=self.project.pk),
        }

    def runs(self) -> list[RunShown]:
        """The newest runs; bars for the newest one only, older ones are a line each and no worker is at them."""
        waiting = Count("phases__batches", filter=Q(phases__batches__state=BatchState.PLANNED))
        counted = self.project.runs.annotate(batches_waiting=waiting, batches_planned=Count("phases__batches"))
        found = counted.select_related("account", "mapping").order_by("-pk")[:RUNS_SHOWN]
        return [
            RunShown(run, [] if at else progress.bars(run), self.run_buttons(run), (progress.is_live if at else progress.refreshes)(run))
            for at, run in enumerate(found)
        ]

    def run_buttons(self, run: Run) -> list[Button]:
        names: list[str] = []
        if run.state in (RunState.PLANNING, RunState.RUNNING, RunState.PAUSED) and run.batches_waiting:  # type: ignore[attr-defined]
            names.append("approve-batches")
        if run.state == RunState.PLANNING and run.batches_planned > run.batches_waiting:  # type: ignore[attr-defined]
            names.append("push")
        if run.state == RunState.RUNNING:
            names.append("pause")
        if run.state in (RunState.PAUSED, RunState.FAILED):
            names.append("resume")
        if run.state in (RunState.PLANNING, RunState.RUNNING, RunState.PAUSED, RunState.FAILED, RunState.PAUSING):
            names.append("cancel")
        if run.state in (RunState.FINISHED, RunState.CANCELLED, RunState.ROLLED_BACK):
            names += ["foresee-undo", "undo"]
        if run.state == RunState.ROLLING_BACK and run.reason:
            names.append("undo")
        if signing.may_be_judged(run):
            shown = [Button("Review", "compare", address_of(run))]
            return [*shown, *self.buttons(ON_RUN, run), *self.buttons(names, run)]
        return self.buttons(names, run)

    def account_buttons(self, account: PipedriveAccount) -> tuple[list[Button], list[Button]]:
        """Those of the way to a load, and those that are needed now and then."""
        seldom = ["retry", "foresee-correction", "correct", "filters"]
        seldom += mailing.offered(self.project, account)
        seldom += ON_PRODUCTION if account.role == PipedriveAccount.Role.PRODUCTION else ("refill",)
        return self.buttons(("prepare", "test-run", "plan", "verify"), account), self.buttons(seldom, account)

    def work(self) -> tuple[list[dict[str, Any]], bool]:
        """Background work, and whether the queue could be asked."""
        try:
            found = jobs.desk_work(self.project)
        except RedisError:
            return [], False
        roles = {str(account.pk): account.role for account in self.accounts}
        return [_shown(each, roles) for each in found], True

    def estimate(self) -> dict[str, Any]:
        return estimate_shown(figures("estimate", self.project, self.accounts, lambda: estimate.estimate(self.project)))

    def _account(self, account: PipedriveAccount) -> AccountShown:
        blocks = [
            (gate_title(gate), [(each, settling_link(each, self.project, self.accounts, self.may)) for each in gate.missing])
            for gate in gates.closed(account)
        ]
        said = {each.what for _, missing in blocks for each, _ in missing}
        return AccountShown(account, [each for each in connecting.concerns(account) if each not in said], blocks)


def figures(name: str, project: Project, accounts: Iterable[PipedriveAccount], count: Callable[[], Any]) -> Any:
    """Reading all rows takes a while for a large export; nothing changes until the next audit, answer, map or setting."""
    newest = proposing.newest(project)
    parts: list[Any] = [name, project.pk, project.audit_id, project.decision_seq, newest.pk if newest else 0]
    parts += [f"{each.pk}.{each.plan}.{each.seats}.{each.share}.{each.holdings.get('read_at', '')}" for each in accounts]
    parts.append(json.dumps(project.settings, sort_keys=True, default=str))
    key = f"crossdock-{hashlib.sha256('-'.join(map(str, parts)).encode()).hexdigest()}"
    found = stored.get(key)
    if found is None:
        found = count()
        stored.set(key, found, ESTIMATE_KEPT)
    return found


def estimate_shown(figures: dict[str, Any]) -> dict[str, Any]:
    """The bill with bars, and a line for each plan."""
    phases = {name: tokens for name, tokens in figures["phases"].items() if tokens}
    most = max(phases.values(), default=1)
    bars = [
        {"name": (KINDS[name].many if name in KINDS else name).capitalize(), "tokens": tokens, "share": 100 * tokens // most}
        for name, tokens in phases.items()
    ]
    return {**figures, "bars": bars}


def _total(severity: str, found: list[Finding]) -> dict[str, Any]:
    label = Finding.Severity(severity).label
    return {"severity": severity, "label": label, "rows": sum(each.count for each in found), "kinds": len(found)}


def _shown(work: jobs.DeskWork, roles: dict[str, str]) -> dict[str, Any]:
    kind, _, pk = work.name.partition("-")
    where = f" ({roles[pk]})" if kind not in ("intake", "audit") and pk in roles else ""
    return {"title": f"{WORK_TITLES[kind]}{where}", "state": work.state, "text": work.text, "under_way": work.under_way}
