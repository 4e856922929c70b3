from django.contrib import admin
from django.http import HttpRequest

from migrations_app.admin.rules import FieldRuleAdmin
from migrations_app.admin.scopes import ScopeRuleAdmin
from migrations_app.models import FieldRule, ScopeRule
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.rule_sheet import FieldRuleResource
from reconciliation.scope_sheets import ScopeRuleResource

admin.site.unregister([FieldRule, ScopeRule])


@admin.register(FieldRule)
class FieldRuleSheetAdmin(FieldRuleAdmin, WorkbookAdmin):
    """The field rules' page, with the way out to a workbook and back."""

    resource_classes = [FieldRuleResource]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)


@admin.register(ScopeRule)
class ScopeRuleSheetAdmin(WorkbookAdmin, ScopeRuleAdmin):
    """The page of rules that leave rows out, with the way out to a workbook and back."""

    resource_classes = [ScopeRuleResource]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)
