from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "reconciliation"
    verbose_name = "Decisions"

    def ready(self) -> None:
        from reconciliation import wiring

        wiring.register()
