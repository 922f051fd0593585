"""Migrate a database by hand: what the one-shot migration service of docker-compose runs."""

from __future__ import annotations

import os
import sys

from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from migrations import upgrade


def main(arguments: list[str]) -> int:
    """Upgrade to the newest revision; exit with 2 and one sentence where that cannot be."""
    url = arguments[0] if arguments else os.environ.get("GRADLOOM_DATABASE_URL")
    if not url:
        print("No database is named. Set GRADLOOM_DATABASE_URL, or give the URL: python -m migrations URL", file=sys.stderr)
        return 2
    try:
        upgrade(url)
    except (ArgumentError, NoSuchModuleError):
        print("The database URL cannot be read. Write sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME.", file=sys.stderr)
        return 2
    except OperationalError as error:
        print(f"The database cannot be reached: {str(error.orig).strip()}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
