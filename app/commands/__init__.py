"""One file a command of `gradloom`: `SUMMARY`, `configure(parser)` and `run(arguments, console) -> exit status`.

What is slow to import (torch, SQLAlchemy) is imported where it is used, so that `gradloom --help` answers at once.
"""
