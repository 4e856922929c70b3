from typing import Any

from import_export.admin import ImportExportModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from reconciliation.sheets import DropDownXLSX


class WorkbookAdmin(ImportExportModelAdmin):
    """A list that goes out as a workbook, is filled in and comes back with a preview."""

    formats = [DropDownXLSX]
    import_form_class = ImportForm
    export_form_class = ExportForm
    skip_admin_log = True

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error("import_file", "This is no workbook that can be read. Export the list as xlsx, fill it in and import that file.")
