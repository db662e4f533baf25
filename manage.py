#!/usr/bin/env python
import sys

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    import dsar.settled  # noqa: F401 - ends here, with one line, where a setting is missing

    execute_from_command_line(sys.argv)
