# The C types of parameters.py, read by Cython alone.
from .value cimport _keeper, _kept_by, _position, is_leaf
