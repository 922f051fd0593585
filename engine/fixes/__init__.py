"""What can be done about a problem, each as one edit that really removes it."""

from engine.fixes.offer import Fix, fixes, offers, possible_insertions

__all__ = ["Fix", "fixes", "offers", "possible_insertions"]
