import gc

from django.apps import AppConfig

ROWS_AT_ONCE = 20_000


class MigrationsAppConfig(AppConfig):
    name = "migrations_app"
    label = "migrations_app"
    verbose_name = "Moves"

    def ready(self) -> None:
        # Rows come and go by thousands and hold no circles: looked for after every 700 of them, circles cost a tenth of the time.
        gc.set_threshold(ROWS_AT_ONCE)
        from migrations_app.management import verbs  # noqa: F401  (registers the verbs of this app)
        from migrations_app.services import capacity, confirming, signing, telling
        from migrations_app.services.mailing import consent

        capacity.register()
        signing.register()
        confirming.register_all()
        consent.register_all()
        telling.register_all()
