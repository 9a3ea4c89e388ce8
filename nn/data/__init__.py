"""Data: datasets, tables from files, images, scaling."""

from . import datasets
from .scalers import MinMaxScaler, StandardScaler

__all__ = ["MinMaxScaler", "StandardScaler", "datasets"]
