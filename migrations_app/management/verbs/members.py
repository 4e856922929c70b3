"""people: who takes part in a project, and as what."""

from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, project_of, with_project
from migrations_app.services import members
from migrations_app.states import Role
from migrations_app.verbs import FAILED, Answer, Call, VerbFailed


def people(call: Call) -> Answer:
    project, options = project_of(call), call.options
    if options["add"]:
        members.admit(project, options["add"], Role(options["role"]), user=call.user, email=options["email"])
    if options["drop"] and not members.dismiss(project, options["drop"], user=call.user):
        raise VerbFailed(f"{options['drop']} takes no part in {project}.", FAILED)
    taking_part = project.memberships.select_related("user").order_by("role", "user__username")
    told = [{"user": each.user.username, "role": each.role, "email": each.user.email} for each in taking_part]
    lines = [f"{each.user.username}: {each.get_role_display().lower()}" for each in taking_part]
    return Answer({"project": project.slug, "people": told}, tuple(lines) or ("Nobody takes part yet.",))


def _arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--add", default="", metavar="USER", help="takes part; made and invited where there is no such user yet")
    parser.add_argument("--role", choices=Role.values, default=Role.CUSTOMER_ADMIN.value, help="as what (default: customer_admin)")
    parser.add_argument("--email", default="", help="address of a new user")
    parser.add_argument("--drop", default="", metavar="USER", help="takes no part any more")


verbs.register("people", "who takes part in a project, and as what", failing_softly(people), _arguments)
