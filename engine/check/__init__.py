"""Check a graph: every problem at once, each with its node and its fix, and the shapes, counts and order of what is right."""

from engine.check.document import check
from engine.check.node import MOST_PARAMETERS, title_of
from engine.check.report import NodeReport, Report

__all__ = ["MOST_PARAMETERS", "NodeReport", "Report", "check", "title_of"]
