"""Data sets that need no network, and a CSV the user uploads, in the form a network asks for."""

from engine.data.catalogue import catalogue, describe
from engine.data.csv_table import columns as csv_columns
from engine.data.fit import fit
from engine.data.load import Dataset, load, load_for
from engine.data.source import DataSource, Option
from engine.data.spec import DataSpec

__all__ = ["DataSource", "DataSpec", "Dataset", "Option", "catalogue", "csv_columns", "describe", "fit", "load", "load_for"]
