from django.contrib import admin
from django.http import HttpRequest

from migrations_app.admin.rules import FieldRuleAdmin
from migrations_app.models import FieldRule
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.resources import FieldRuleResource, FieldRuleXLSX

admin.site.unregister(FieldRule)


@admin.register(FieldRule)
class FieldRuleSheetAdmin(FieldRuleAdmin, WorkbookAdmin):
    """The field rules' page, with the way out to a workbook and back."""

    resource_classes = [FieldRuleResource]
    formats = [FieldRuleXLSX]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)
