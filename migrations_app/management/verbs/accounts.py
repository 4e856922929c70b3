"""account, estimate, prepare."""

import os
from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs.common import ROLES, account_of, failing_softly, project_of, typed_counts, with_account, with_project
from migrations_app.models import PipedriveAccount
from migrations_app.services import capacity, connecting, estimate
from migrations_app.services import prepare as preparing
from migrations_app.services.loading import Stop
from migrations_app.services.wording import counted
from migrations_app.verbs import DONE, FAILED, UNFINISHED, USAGE, Answer, Call, VerbFailed


def account(call: Call) -> Answer:
    options = call.options
    project = project_of(call)
    token = os.environ.get(options["token_env"], "")
    if not token:
        raise VerbFailed(f"The environment has no variable {options['token_env']}: put the API token there.", USAGE)
    attached = connecting.attach(
        project, role=options["role"], url=options["url"], token=token, plan=options["plan"], seats=options["seats"], user=call.user
    )
    concerns = connecting.concerns(attached)
    data = {
        "account": attached.pk,
        "role": attached.role,
        "company": attached.company_name,
        "user": attached.user_email,
        "admin": attached.is_admin,
        "concerns": concerns,
    }
    return Answer(data, (f"Connected to {attached.company_name} as {attached.user_name}.", *concerns))


def _account_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--role", required=True, choices=ROLES)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token-env", required=True, metavar="VAR", help="name of the environment variable that holds the API token")
    parser.add_argument("--plan", choices=[str(plan) for plan in PipedriveAccount.Plan], default="lite")
    parser.add_argument("--seats", type=int, default=1)


def estimated(call: Call) -> Answer:
    data = estimate.estimate(project_of(call), counts=typed_counts(call.options["counts"]))
    lines = [f"{phase}: {tokens} tokens" for phase, tokens in data["phases"].items()]
    plans = [f"on {plan}: {each['days']} day(s), {each['tokens_per_day']} tokens a day" for plan, each in data["plans"].items()]
    return Answer(data, (*lines, f"{data['tokens']} tokens, {data['days']} day(s)", *plans))


def _estimate_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--counts", default="", metavar="companies=N,...", help="typed counts, before any file is there")


def prepare(call: Call) -> Answer:
    """Not done while something that the map needs waits for an answer (4) or was refused by Pipedrive (1)."""
    account = account_of(call, project_of(call))
    report = preparing.prepare(account, user=call.user, progress=call.progress)
    undone = [each.what for each in capacity.not_prepared(account)]
    data = report.as_dict() | {"undone": undone}
    made = report.made_in_words() or "nothing"
    status = DONE if not undone else FAILED if report.refused else UNFINISHED
    return Answer(data, (f"Made {made}; {counted(data['asked'], 'question')}.", *(f"not done: {what}" for what in undone)), status)


verbs.register("account", "connect a Pipedrive account", failing_softly(account, connecting.OtherCompany), _account_arguments)
verbs.register("estimate", "tokens and days", failing_softly(estimated), _estimate_arguments)
verbs.register("prepare", "bring the account into shape", failing_softly(prepare, Stop), with_account)
