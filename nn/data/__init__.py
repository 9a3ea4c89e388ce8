"""Data: datasets, tables from files, images, scaling."""

from . import datasets

__all__ = ["datasets"]
