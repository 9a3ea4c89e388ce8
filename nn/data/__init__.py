"""Data: datasets, tables from files, images, scaling."""

from . import datasets
from .images import read_digit
from .scalers import MinMaxScaler, StandardScaler
from .tables import read_rows, read_table

__all__ = ["MinMaxScaler", "StandardScaler", "datasets", "read_digit", "read_rows", "read_table"]
