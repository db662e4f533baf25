"""The case page, its panels and its buttons, as in `templates/desk/case/`."""
