"""Files that cannot go, as the plan sees them: some get a note on their record that links to where they are hosted."""

from html import escape

from migrations_app.rules import left_out
from migrations_app.rules.keys import fit
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import left_out_files, rows
from migrations_app.services.planners.children import hung, plan_activity
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.services.planners.texts import add_note
from migrations_app.services.staging import chunks
from migrations_app.services.wording import plain


def tell_of_files(plan: Plan) -> None:
    """Remember what becomes of files that cannot go, and plan the notes that stand for some of them."""
    tables = plan.tables.get("attachments", ())
    plan.files_left_out = left_out_files.hows(plan.project) if tables else {}
    lines = {line for line, (_, how) in plan.files_left_out.items() if how == left_out.LINK}
    if not lines:
        return
    for some in chunks(rows.stream(tables), 1000):
        _link(plan, [row for row in some if (row.table.pk, row.line) in lines and not row.occurrence])


def _link(plan: Plan, some: list[rows.SourceRow]) -> None:
    """Notes hang on deals, persons and organizations; a file of an activity is told on what that hangs on."""
    pattern = str(plan.project.setting("file_link"))
    about = {row.key: dict(hung(plan, KINDS["file"], row).parents).get("activity", "").removeprefix("activity:") for row in some}
    activities = rows.by_key(plan.tables.get("activities", ()), set(about.values())) if any(about.values()) else {}
    for row in some:
        parents = dict(hung(plan, KINDS["note"], row).parents)
        if not parents and about[row.key] in activities:
            parents = dict(plan_activity(plan, activities[about[row.key]]).parents)
        name = cell(row, "file_name") or cell(row, "path").replace("\\", "/").rpartition("/")[2]
        url = left_out.address(pattern, cell(row, "path") or name, name, row.key)
        if parents and url:
            why = plain(plan.files_left_out[row.table.pk, row.line][0])
            text = f'<p>File: <a href="{escape(url)}">{escape(name)}</a> ({escape(why)})</p>'
            add_note(plan, fit(f"note:file:{row.key}"), row, text, list(parents.items()))
