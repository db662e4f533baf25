from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Cases"

    def ready(self) -> None:
        """Registers our own checks, which need the models to be there."""
        import cases.web.bodies  # noqa: F401
