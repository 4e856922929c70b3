from django.contrib import admin
from django.http import HttpRequest
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from migrations_app.admin.rules import FieldRuleAdmin
from migrations_app.models import FieldRule
from reconciliation.resources import FieldRuleResource, FieldRuleXLSX

admin.site.unregister(FieldRule)


@admin.register(FieldRule)
class FieldRuleSheetAdmin(FieldRuleAdmin, ImportExportModelAdmin):
    """The field rules' page, with the way out to a workbook and back."""

    resource_classes = [FieldRuleResource]
    formats = [FieldRuleXLSX]
    import_form_class = ImportForm
    export_form_class = ExportForm
    skip_admin_log = True

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)
