from django.apps import AppConfig


class MigrationsAppConfig(AppConfig):
    name = "migrations_app"
    label = "migrations_app"
    verbose_name = "Moves"

    def ready(self) -> None:
        from migrations_app.management import verbs  # noqa: F401  (registers the verbs of this app)
        from migrations_app.services import capacity, confirming, signing

        capacity.register()
        signing.register()
        confirming.register_all()
