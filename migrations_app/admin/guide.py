"""The one thing to do now, for the person who looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from migrations_app import gates
from migrations_app.admin import progress
from migrations_app.admin.actions import ACTIONS, address
from migrations_app.admin.base import list_of, page_of, who_may
from migrations_app.admin.review import address_of
from migrations_app.admin.settling import way_to
from migrations_app.models import Approval, FieldRule, PipedriveAccount, Project, RecordLink, Run
from migrations_app.services import confirming, connecting, cutover, hypercare, journey, proposing, signing
from migrations_app.services.wording import counted
from migrations_app.states import TEST, LinkState, MappingState, RunState, SchemaState, UploadState
from migrations_app.verbs import Card


@dataclass(frozen=True, slots=True)
class NextStep:
    """`address` is empty where there is nothing to do for this person."""

    text: str
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """`run` is the newest one, with `batches_waiting` and `batches_planned` counted; `may` answers for this person and project."""

    project: Project
    accounts: Sequence[PipedriveAccount]
    run: Run | None
    cards: Sequence[Card]
    steps: Sequence[journey.Step]
    may: Callable[[str], bool]

    def next_step(self) -> NextStep:
        if self.run is not None and self.run.state not in (RunState.FINISHED, RunState.CANCELLED, RunState.ROLLED_BACK):
            return self._of_run(self.run)
        if held := self.project.uploads.filter(state=UploadState.HELD).order_by("pk").first():
            return self._step("put-in-force", held, f"The export {held} was read and waits: look at what it would do.")
        now = next((step for step in self.steps if step.state == "now"), None)
        if now is None:
            return self._of_done()
        if now.name == "reconcile":
            return self._of_decisions()
        if now.name == "map":
            return self._of_map()
        if now.name in ("prepare", "load", "verify"):
            return self._of_account({"load": "plan" if self.run else "test-run"}.get(now.name, now.name))
        return self._step({"intake": "upload"}.get(now.name, now.name), self.project, now.text)

    def _of_run(self, run: Run) -> NextStep:
        if run.state == RunState.ROLLING_BACK:
            if progress.is_live(run):
                return NextStep(f"{str(run).capitalize()} is being undone. Nothing to do but to watch.")
            return self._step("undo", run, f"Undoing {run} stands still: {run.reason}")
        if run.batches_waiting:  # type: ignore[attr-defined]
            return self._step("approve-batches", run, f"Approve the batches of {run}.")
        if run.state == RunState.PLANNING and not run.batches_planned:  # type: ignore[attr-defined]
            return NextStep(f"{str(run).capitalize()} is being planned. If nothing happens here, plan the load again.")
        if run.state == RunState.PLANNING:
            return self._step("push", run, f"{str(run).capitalize()} is approved. Push it to {run.account}.")
        if progress.is_live(run):
            return NextStep(f"{str(run).capitalize()} goes to {run.account}. Nothing to do but to watch.")
        return self._step("resume", run, f"{str(run).capitalize()} stands still: {run.reason}")

    def _of_map(self) -> NextStep:
        mapping = proposing.newest(self.project)
        if mapping is None or mapping.state != MappingState.DRAFT:
            return self._step("propose", self.project, "The export is here. Have a map proposed.")
        unsure = proposing.counts(mapping)["unsure"]
        if unsure and self.may("map"):
            path = list_of(FieldRule, mapping__id__exact=mapping.pk, sure="unsure", project=self.project.pk)
            return NextStep(f"{unsure} rules of map {mapping.version} are uncertain. Look at them, then approve.", "Look at the map", path)
        return self._step("approve", self.project, f"Map {mapping.version} waits for approval.")

    def _of_decisions(self) -> NextStep:
        open_ = [card for card in self.cards if card.count]
        if not open_:
            return NextStep("Nothing waits for a decision.")
        total = sum(card.count for card in open_)
        text = f"{counted(total, 'decision')} wait{'s' if total == 1 else ''}: {open_[0].count:,} under “{open_[0].title}”."
        if not self.may("answer"):
            return self._meanwhile(f"{text} That is for {who_may('answer')}.")
        return NextStep(text, "Answer them", open_[0].url)

    def _meanwhile(self, text: str) -> NextStep:
        """A first test run into staging waits for no answers."""
        prepared = self.accounts and self.accounts[0].schema_changes.filter(state=SchemaState.DONE).exists()
        step = self._of_account("test-run" if prepared else "prepare")
        staging = not self.accounts or self.accounts[0].role == PipedriveAccount.Role.STAGING
        return NextStep(f"{text} Meanwhile: {step.text}", step.label, step.address) if staging and step.address else NextStep(text)

    def _of_account(self, name: str) -> NextStep:
        if not self.accounts:
            text = "Connect the Pipedrive account."
            if not self.may("connect"):
                return NextStep(f"{text} That is for {who_may('connect')}.")
            return NextStep(text, "Connect account", _connect_address(self.project))
        live = next((each for each in self.accounts if each.role == PipedriveAccount.Role.PRODUCTION), None)
        account = live if live and cutover.has_begun(self.project) else self.accounts[0]  # what changed since goes where people work
        if name != "verify" and (concerns := connecting.concerns(account)):
            return NextStep(concerns[0], "Look at the account", page_of(account))
        if name == "plan" and account is live:
            return self._towards(live, "What has changed since waits.")
        texts = {
            "prepare": f"Bring {account} into shape.",
            "plan": f"Plan the load into {account}.",
            "test-run": f"Plan a test run into {account}: some records, so that people can look at them first.",
            "verify": f"Read everything back from {account}.",
        }
        return self._step(name, account, texts[name])

    def _of_done(self) -> NextStep:
        run = self.run
        if run is None:
            return NextStep("Everything is loaded.")
        refused = RecordLink.objects.filter(run=run, state=LinkState.REFUSED).count()
        if refused:
            return self._step("retry", run.account, f"{run.account} is loaded; {refused:,} records were refused.")
        other = next((each for each in self.accounts if each.role == "production" and each.pk != run.account_id), None)
        live = other if run.account.role == "staging" else run.account if run.kind == TEST else None
        if live is not None:
            return self._towards(live, f"The load into {run.account} balances.")
        if run.account.role == PipedriveAccount.Role.STAGING:
            return self._of_staging(run)
        return self._of_cutover(f"Everything is loaded into {run.account} and balanced.")

    def _of_staging(self, run: Run) -> NextStep:
        """There is no live account yet."""
        said = signing.newest(self.project)
        if said is None or said.run_id != run.pk or said.verdict != Approval.Verdict.SIGNED:
            if not self.may("sign"):
                text = f"{str(run).capitalize()} into {run.account} waits for the customer, who looks at its records and signs it off."
                return NextStep(text, "Look at it", address_of(run))
            return NextStep(f"Look at the records of {run} into {run.account}, then sign it off.", "Review", address_of(run))
        text = f"{str(run).capitalize()} is signed off. Next is the live account: connect it."
        if not self.may("connect"):
            return NextStep(f"{text} That is for {who_may('connect')}.")
        return NextStep(text, "Connect account", _connect_address(self.project))

    def _of_cutover(self, so_far: str) -> NextStep:
        if self.project.closed_at:
            return NextStep(f"{so_far} The project is closed.")
        step, reported = cutover.next_step(self.project), hypercare.open_items(self.project).count()
        if cutover.went_live(self.project) and (reported or step is None):
            said = f"{counted(reported, 'report')} to be answered." if reported else "What people report is answered here."
            text = f"{so_far} Pipedrive is the system of record. {said}"
            return NextStep(text, "After the go-live", reverse("admin:crossdock_hypercare", args=[self.project.pk]))
        ahead = f"The cutover's next step: {step.title}." if step else "Every step of the cutover is done."
        return NextStep(f"{so_far} {ahead}", "Cutover", reverse("admin:crossdock_cutover", args=[self.project.pk]))

    def _towards(self, live: PipedriveAccount, so_far: str) -> NextStep:
        """What the live account still waits for: its fields, the customer's word, quiet, and whatever else keeps a load away.

        The first of it that this person can do; where there is none, the first, with whom it is for.
        """
        steps = self._before(live, so_far) or [self._step("plan", live, f"{so_far} Next is {live}.")]
        return next((step for step in steps if step.address), steps[0])

    def _before(self, live: PipedriveAccount, so_far: str) -> list[NextStep]:
        prepared = live.schema_changes.filter(state=SchemaState.DONE).exists()
        shut = gates.closed(live, (signing.GATE, confirming.QUIET)) or (gates.closed(live) if prepared else [])
        first = [] if prepared else [self._step("prepare", live, f"{so_far} Next is {live}.")]
        return first + [self._settle(gate.missing[0], f"{so_far} Before {live}: {gate.missing[0].what}.") for gate in shut]

    def _settle(self, missing: gates.Missing, text: str) -> NextStep:
        way = way_to(missing.where, self.project, self.accounts)
        if way is None:
            return NextStep(text)
        if not self.may(way.right):
            return NextStep(f"{text} That is for {who_may(way.right)}.")
        return NextStep(text, way.label, way.address)

    def _step(self, name: str, target: Any, text: str) -> NextStep:
        action = ACTIONS[name]
        if not self.may(action.right):
            return NextStep(f"{text} That is for {who_may(action.right)}.")
        return NextStep(text, action.label, address(name, target))


def _connect_address(project: Project) -> str:
    return f"{reverse('admin:migrations_app_pipedriveaccount_add')}?project={project.pk}"
