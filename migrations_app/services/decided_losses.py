"""What is lost because people decided so: answers that give something up, merges, records that are linked, owners named for all."""

from collections.abc import Iterator

from django.db.models import Count

from migrations_app.models import Decision, Project, Question
from migrations_app.rules.answers import EMPTY, SKIP
from migrations_app.services import counterparts, decisions, families, policies
from migrations_app.services.loss import Loss, rows_with
from migrations_app.services.wording import counted, plain, told

_GIVEN_UP = (SKIP, EMPTY, "none", "leave")


def losses(project: Project) -> Iterator[Loss]:
    for part in (_answers, _merged, _left_out_deals, _owners, linked):
        yield from part(project)


def _answers(project: Project) -> Iterator[Loss]:
    """Questions that were answered by giving something up, one line for each kind, object and answer."""
    given_up = Question.objects.filter(project=project, present=True, answer__in=_GIVEN_UP).order_by("kind", "object", "pk")
    together: dict[tuple[str, str, str], tuple[int, str]] = {}
    for kind, object, answer, count, choices in given_up.values_list("kind", "object", "answer", "rows", "choices"):
        label = next((each["label"] for each in choices if each["value"] == answer), answer)
        before = together.get((kind, object, answer), (0, ""))[0]
        together[kind, object, answer] = (before + count, label)
    for (kind, object, answer), (count, label) in together.items():
        yield Loss("answer", object, f"{kind}={answer}", count, rows_with(count, plain(kind)), told(label))


def _left_out_deals(project: Project) -> Iterator[Loss]:
    answers = decisions.active(project, Decision.Kind.ORPHAN, "deals").values()
    skipped = sum(1 for answer in answers if answer["how"] == "skip")
    what = told("{deals} without a company", deals=counted(skipped, "deal"))
    yield Loss("answer", "deals", "orphan=skip", skipped, what, told("left out by decision"))


def _merged(project: Project) -> Iterator[Loss]:
    kept = f"; {told('what they say otherwise is kept in a note')}" if project.setting(families.SETTING) != "no" else ""
    for object in ("companies", "contacts"):
        count = len(decisions.merge_roots(project, object))
        what = told("{rows} merged into others", rows=counted(count, "row"))
        instead = told("they fill blanks of the record that stays; where both say something, that record's value stands")
        yield Loss("merged", object, "", count, what, f"{instead}{kept}")


def linked(project: Project) -> Iterator[Loss]:
    """Rows that make no record of their own: what they stand for lives in Pipedrive already."""
    linked = counterparts.linked(project).order_by().values_list("object").annotate(count=Count("pk"))
    policy = policies.POLICIES[counterparts.POLICY].choices[policies.value(project, counterparts.POLICY)]
    for object, count in linked:
        what = told("{rows} linked to records that are in Pipedrive already", rows=counted(count, "row"))
        yield Loss(
            "merged", object, "existing", count, what, told("names and owners there stay; the project's rule: {rule}", rule=told(policy))
        )


def _owners(project: Project) -> Iterator[Loss]:
    """Records that nobody owned, and so get the owner that people named for all of these."""
    count = int(project.audit.derived.get("without_owner", 0)) if project.audit else 0
    what = told("{records} without an owner", records=counted(count, "record"))
    yield Loss("owner", "", "without_owner", count, what, told("they get the user named for all others"))
