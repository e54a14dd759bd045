#!/usr/bin/env python
"""Django's command line, on the embedded servers where none of our own are named."""

import os
import sys

from config.embedded import services


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ.setdefault("DEBUG", "1")  # no server is named: this is somebody's own machine
    with services():
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
