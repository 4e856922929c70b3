"""The people of the demo: one for each part that a move has."""

from django.contrib.auth import get_user_model

from migrations_app.models import Membership, Project
from migrations_app.states import Role

ADMIN, ANNA, CARL, SAM = "admin", "anna", "carl", "sam"
# username -> (first name, role in the project, what they are)
PEOPLE: dict[str, tuple[str, Role | None, str]] = {
    ADMIN: ("Ada", None, "superuser, may do everything"),
    ANNA: ("Anna", Role.CUSTOMER_ADMIN, "customer admin: answers and signs"),
    CARL: ("Carl", Role.CONSULTANT, "consultant: uploads, maps, audits"),
    SAM: ("Sam", Role.STAFF, "staff: connects accounts and loads"),
}


def create_people(password: str) -> None:
    """All of them, with this password. Those that exist already keep what they have."""
    users = get_user_model()
    for username, (first_name, _, _) in PEOPLE.items():
        user, made = users.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first_name,
                "email": f"{username}@crossdock.example",
                "is_staff": True,
                "is_superuser": username == ADMIN,
            },
        )
        if made:
            user.set_password(password)
            user.save(update_fields=["password"])


def join(project: Project) -> None:
    users = get_user_model()
    for username, (_, role, _) in PEOPLE.items():
        if role is not None:
            Membership.objects.get_or_create(project=project, user=users.objects.get(username=username), defaults={"role": role})
