#!/usr/bin/env python
import sys

if __name__ == "__main__":
    import dsar.settled  # noqa: F401 - before Django's own machinery, which would print a stack trace
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
