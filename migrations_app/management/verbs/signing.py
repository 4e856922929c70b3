"""signoff, confirm: what takes a named person."""

from argparse import ArgumentParser
from typing import Any

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, project_of, run_of, with_project
from migrations_app.models import Approval, Confirmation
from migrations_app.services import confirming, signing
from migrations_app.verbs import Answer, Call, VerbFailed

KNOWN = ("quiet", "switched-on", "owners", "consent", "later", "cutover")


def signoff(call: Call) -> Answer:
    options = call.options
    run = run_of(project_of(call), options["run"])
    if options["reject"] is not None:
        approval = signing.reject(run, options["reject"], user=call.user)
    else:
        approval = signing.sign(run, user=call.user, on_behalf_of=options["on_behalf_of"])
    data = approval_as_dict(approval)
    return Answer(data, tuple(_lines(approval)))


def approval_as_dict(approval: Approval) -> dict[str, Any]:
    """The form in which `signoff` and `status` tell of a sign-off."""
    return {
        "signoff": approval.pk,
        "run": approval.run_id,
        "kind": approval.kind,
        "verdict": approval.verdict,
        "map": approval.mapping.version,
        "by": approval.by.username if approval.by else "",
        "on_behalf_of": approval.on_behalf_of,
        "at": approval.at.isoformat(),
        "losses": approval.losses,
        "difference": approval.difference,
        "remark": approval.remark,
    }


def _lines(approval: Approval) -> list[str]:
    said = f"{approval.run}: {approval}, map {approval.mapping.version}, by {approval.by}"
    behalf = f" on behalf of {approval.on_behalf_of}" if approval.on_behalf_of else ""
    ticked = [f"known loss: {each['what']}: {each['instead']}" for each in approval.losses]
    changed = [
        f"changed: {each['object']} {each['name']}: {each['before']} → {each['after']}" for each in approval.difference.get("changes", [])
    ]
    return [said + behalf, *changed, *ticked]


def confirm(call: Call) -> Answer:
    project, what = project_of(call), call.options["what"]
    if what not in confirming.TICKS:
        raise VerbFailed(f"Nothing in {project} asks for the tick “{what}”.")
    account = confirming.account_for(project)
    if call.options["withdraw"]:
        withdrawn = confirming.withdraw(account, what, user=call.user)
        return Answer({"confirm": what, "withdrawn": withdrawn}, (f"{what}: {withdrawn} ticks are withdrawn",))
    tick = confirming.confirm(account, what, user=call.user)
    return Answer(_tick_as_dict(tick), (f"{what}: ticked by {call.user}", *tick.items))


def _tick_as_dict(tick: Confirmation) -> dict[str, Any]:
    return {"confirm": tick.what, "role": tick.account.role, "items": tick.items, "by": str(tick.by), "at": tick.at.isoformat()}


def _signoff_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--run", type=int, required=True, metavar="N")
    parser.add_argument("--on-behalf-of", default="", metavar="NAME", help="for whom, where it is not the signing person")
    parser.add_argument("--reject", default=None, metavar="REMARK", help="say no; the remarks become work to do")


def _confirm_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("what", choices=KNOWN)
    parser.add_argument("--withdraw", action="store_true", help="take the tick back")


verbs.register("signoff", "sign a test run off, with all known losses", failing_softly(signoff, signing.CannotSign), _signoff_arguments)
verbs.register("confirm", "give a tick that takes a named person", failing_softly(confirm, confirming.NothingToConfirm), _confirm_arguments)
