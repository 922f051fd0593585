"""The forms in which a network leaves Gradloom, one file a form; the source itself is the compiler's."""

from __future__ import annotations

from engine.export.script import training_script

__all__ = ["training_script"]
