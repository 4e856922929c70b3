"""suppress, hand-over: who must not be written to; what leaves as files."""

from argparse import ArgumentParser
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from connectors.sources import deal_links
from migrations_app import verbs
from migrations_app.management.verbs.common import account_of, failing_softly, project_of, with_account, with_project
from migrations_app.models import PipedriveAccount, SuppressionPass, require
from migrations_app.services import reporting
from migrations_app.services.mailing import consent, deal_campaigns, detail, handing_over, proof, suppressing
from migrations_app.services.wording import counted
from migrations_app.verbs import Answer, Call


def suppress(call: Call) -> Answer:
    account = account_of(call, project_of(call))
    if call.options["marketing"]:
        done = consent.set_marketing(account, user=call.user, progress=call.progress)
        data = _counts(done.kept) | {"unsubscribed": len(done.changed), "ignored": len(done.ignored)} | _evidence(call, done.kept)
        return Answer(data, (f"{len(done.changed)} persons are unsubscribed, {len(done.ignored)} were passed over by Pipedrive",))
    kept = suppressing.suppress(account, user=call.user, dry_run=call.options["dry_run"], progress=call.progress)
    data = _counts(kept) | _evidence(call, kept)
    return Answer(data, tuple(f"{name}: {count}" for name, count in data.items() if name != "files"))


def _evidence(call: Call, kept: SuppressionPass) -> dict[str, Any]:
    return {"files": [str(path) for path in proof.write(kept, Path(call.options["out"]))]} if call.options["out"] else {}


def _counts(kept: SuppressionPass) -> dict[str, Any]:
    facts = kept.facts
    return {
        "persons": kept.persons,
        "suppressed": kept.suppressed,
        "flagged": len(facts.get("flagged", ())),
        "conflicts": len(facts.get("conflicts", ())),
        "unmatched": len(facts.get("unmatched", ())),
    }


def _arguments(parser: ArgumentParser) -> None:
    with_account(parser)
    parser.add_argument("--dry-run", action="store_true", help="compare only")
    parser.add_argument("--marketing", action="store_true", help="set the marketing status, once, after two people's consent")
    parser.add_argument("--out", metavar="DIR", help="write who was flagged, who is in doubt, and the addresses of nobody in the account")


def hand_over(call: Call) -> Answer:
    project, folder = project_of(call), Path(call.options["out"])
    require(call.user, "view", project)
    folder.mkdir(parents=True, exist_ok=True)
    counts = {
        "templates": handing_over.write_templates(project, folder / "templates.zip"),
        "workflows": handing_over.write_workflows(project, folder / "workflows.json"),
        "enrolments": handing_over.write_enrolments(project, folder / "enrolments.csv"),
    }
    return Answer({**counts, "out": str(folder)}, tuple(f"{name}: {count}" for name, count in counts.items()))


def sends(call: Call) -> Answer:
    project = project_of(call)
    require(call.user, "view", project)
    found = detail.choices(project)
    lines = (
        f"{each.title}: {each.records:,} activities, {each.tokens:,} tokens, {counted(each.days, 'day')}, {each.entries} a person"
        for each in found
    )
    return Answer({"choices": [asdict(each) for each in found]}, tuple(lines))


def put_on_deals(call: Call) -> Answer:
    account, options = account_of(call, project_of(call)), call.options
    if options["take_back"]:
        return _take_off_deals(call, account)
    listed = [astuple(line) for line in deal_links.read(Path(options["file"]))] if options["file"] else []
    done = deal_campaigns.put(account, user=call.user, listed=listed, dry_run=options["dry_run"], progress=call.progress)
    data: dict[str, Any] = {"deals": done.deals, "changed": len(done.added), "tokens": done.tokens}
    data |= {"refused": [list(each) for each in done.refused], "spared": [list(each) for each in done.spared]}
    if options["out"]:
        reporting.write_csv(Path(options["out"]), deal_campaigns.HEADS, (each.line() for each in done.added))
        data["out"] = options["out"]
    refused = [f"left out: {place}: deal {deal}, {campaign}: {why}" for deal, campaign, why, place in done.refused]
    return Answer(data, (deal_campaigns.in_words(done), *refused))


def _take_off_deals(call: Call, account: PipedriveAccount) -> Answer:
    options = call.options
    done = deal_campaigns.take_back(account, user=call.user, dry_run=options["dry_run"], progress=call.progress)
    data = asdict(done) | {"left": [list(each) for each in done.left]}
    if options["out"]:
        reporting.write_csv(Path(options["out"]), deal_campaigns.KEPT_HEADS, deal_campaigns.kept(account.project))
        data["out"] = options["out"]
    left = [f"left: deal {deal}, {title}: {why}" for deal, title, why in done.left]
    return Answer(data, (deal_campaigns.back_in_words(done, would=options["dry_run"]), *left))


def _deal_arguments(parser: ArgumentParser) -> None:
    with_account(parser)
    parser.add_argument(
        "--file",
        metavar="LIST",
        help="csv or xlsx with columns for the campaign and the deal: its number, address, id at the source, or title and organization",
    )
    parser.add_argument("--take-back", action="store_true", help="take off what was put there, as far as it still stands there")
    parser.add_argument("--dry-run", action="store_true", help="say what would change and what it costs; nothing is sent")
    parser.add_argument("--out", metavar="FILE.csv", help="write which deal gains what, and why; with --take-back, what became of it")


def _hand_over_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--out", required=True, metavar="DIR")


verbs.register("sends", "what each way of showing the e-mail history costs", failing_softly(sends), with_project)
verbs.register(
    "deal-campaigns",
    "campaigns onto deals of the account: of their contact at the time, or as a column or a list says; again at any time, and off again",
    failing_softly(put_on_deals, deal_campaigns.NoDealCampaigns),
    _deal_arguments,
)
verbs.register(
    "hand-over",
    "templates (zip), workflows (JSON) and who stood in them (csv), which no API takes",
    failing_softly(hand_over),
    _hand_over_arguments,
)
verbs.register(
    "suppress",
    "flag the persons of the account whom the suppression list names; again at any time, only ever stricter",
    failing_softly(suppress, suppressing.NothingToSuppress),
    _arguments,
)
