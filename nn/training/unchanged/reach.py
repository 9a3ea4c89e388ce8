"""What code reaches: what functions enclose, their defaults, the globals they name, and what objects have."""

import sys
import sysconfig
from collections.abc import Iterable
from functools import cache, cached_property, partial, partialmethod
from pathlib import Path
from random import Random
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from types import MemberDescriptorType as Slot
from typing import Any

import numpy as np

from autograd.warn import OURS

from ...module import Module

PLAIN = {type(None), bool, int, float, complex, str, bytes}
_GENERATORS = (Random, np.random.Generator, np.random.RandomState)
_LEADS: dict[type, tuple[str, ...]] = {
    MethodType: ("__func__", "__self__"), BuiltinMethodType: ("__self__",), partial: ("func", "args", "keywords"),
    partialmethod: ("func", "args", "keywords"), staticmethod: ("__func__",), classmethod: ("__func__",),
    property: ("fget",), cached_property: ("func",),
}  # fmt: skip
_STANDARD = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
Reached = tuple[dict[str, Any], list[partial]]  # by where it is; how to put it back


class Reach:
    """What is reached from things, as far as it is the user's: not that of Python, of installed packages and of ours.

    Args:
        things: their packages are the user's, also where they are installed.
    """

    def __init__(self, things: Iterable[Any]) -> None:
        self._packages = {_package(_module(thing)) for thing in things}
        self._seen: list[type] = []

    def of(self, item: Any) -> Reached:
        """What is behind a function, a method, a class or an object."""
        if isinstance(item, ModuleType):
            return {}, []
        if type(item) in _LEADS:
            return {f".{name}": getattr(item, name) for name in _LEADS[type(item)]}, []
        if isinstance(item, FunctionType):
            return self._of_function(item) if self._is_users(_module(item)) else ({}, [])
        if isinstance(item, type):
            return self._of_class(item, set())
        attributes, undo = self._of_object(item)
        methods, undo_class = self._of_class(type(item), {*attributes})
        if isinstance(item, Module):  # whose attributes are looked at before what is behind it
            return methods, undo_class
        return attributes | methods, undo + undo_class

    def _of_function(self, function: FunctionType) -> Reached:
        code, undo = function.__code__, [_refilling(vars(function))]
        inside = {f".{name}": each for name, each in vars(function).items()}
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                inside[f": {name}"] = cell.cell_contents
            except ValueError:  # nothing is in it yet
                continue
            undo.append(partial(setattr, cell, "cell_contents", cell.cell_contents))
        defaults, arguments = function.__defaults__ or (), code.co_varnames[: code.co_argcount]
        given = dict(zip(reversed(arguments), reversed(defaults), strict=False)) | (function.__kwdefaults__ or {})
        inside |= {f": {name}=": each for name, each in given.items()}
        names = _names(code)
        spaces = {"global ": function.__globals__}
        for name in names:
            if isinstance(module := function.__globals__.get(name), ModuleType) and self._is_users(module.__name__):
                spaces[f"{name}."] = vars(module)
        for where, space in spaces.items():
            found = {name: space[name] for name in names if name in space}
            inside |= {f": {where}{name}": each for name, each in found.items()}
            undo.append(partial(_bind, space, names, found))
        return inside, undo

    def _of_object(self, item: Any) -> Reached:
        """Its attributes. Of an object of others only those that are plain, of which nothing is put back."""
        attributes = getattr(item, "__dict__", {})
        attributes = dict(attributes) if isinstance(attributes, dict) else {}
        if not (isinstance(item, SimpleNamespace) or self._is_users(type(item).__module__)):
            of_others = {
                f".{name}": each
                for name, each in attributes.items()
                if type(each) in PLAIN or isinstance(each, _GENERATORS) or name == "__wrapped__"
            }
            return of_others, []
        inside, undo = {f".{name}": each for name, each in attributes.items()}, []
        if attributes:
            undo.append(_refilling(item.__dict__))
        bases = [base for base in type(item).__mro__ if self._is_users(base.__module__)]
        for slot in (each for base in bases for each in vars(base).values()):
            if isinstance(slot, Slot) and hasattr(item, slot.__name__):
                inside[f".{slot.__name__}"] = value = slot.__get__(item)
                undo.append(partial(slot.__set__, item, value))
        return inside, undo

    def _of_class(self, kind: type, taken: set[str]) -> Reached:
        """What is in the class and in those that it inherits from, each class once."""
        inside, undo = dict[str, Any](), list[partial]()
        for depth, base in enumerate(kind.__mro__):
            if base in self._seen or not self._is_users(base.__module__):
                continue
            self._seen.append(base)
            found = _members(base)
            for name, each in found.items():
                place = f".{name}"
                inside[f".__mro__[{depth}]{place}" if place in taken or place in inside else place] = each
            undo.append(partial(_assign, base, found))
        return inside, undo

    def _is_users(self, module: str) -> bool:
        file = getattr(sys.modules.get(module), "__file__", None) or ""
        return _is_loose(module, file) or (_is_installed(file) and _package(module) in self._packages - OURS)


@cache
def _is_loose(module: str, file: str) -> bool:
    """Whether it is no module of Python's, of ours or of an installed package."""
    compiled = module.startswith("_cython_")  # the module of Cython's own types: functions of our compiled core
    known = compiled or _package(module) in OURS or module in sys.builtin_module_names
    return not (known or _is_installed(file) or file.startswith(_STANDARD))


@cache
def _is_installed(file: str) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts)


def _module(item: Any) -> str:
    return item.__globals__.get("__name__") or "" if isinstance(item, FunctionType) else type(item).__module__


def _package(module: str) -> str:
    return module.partition(".")[0]


def _names(code: CodeType) -> list[str]:
    """The names of globals (and attributes) in a function and in those that it makes."""
    inner = [name for each in code.co_consts if isinstance(each, CodeType) for name in _names(each)]
    return list(dict.fromkeys([*code.co_names, *inner]))


def refill(container: Any, contents: Any) -> None:
    """Put the contents of a dict or a set back; nobody notices where they have not changed."""
    if _list(container) != _list(contents):
        container.clear()
        container.update(contents)


def _refilling(attributes: dict[str, Any]) -> partial:
    return partial(refill, attributes, dict(attributes))


def _list(container: Any) -> list[Any]:
    """What is in it, to compare by identity."""
    return [(id(key), id(each)) for key, each in container.items()] if isinstance(container, dict) else [*container]


def _bind(space: dict[str, Any], names: list[str], found: dict[str, Any]) -> None:
    for name in names:
        if name not in found:
            space.pop(name, None)
        elif space.get(name) is not found[name]:
            space[name] = found[name]


def _members(kind: type) -> dict[str, Any]:
    """What stands in the class itself: its methods, and what is not Python's."""
    return {
        name: each
        for name, each in vars(kind).items()
        if not isinstance(each, Slot)
        and (isinstance(each, FunctionType) or not (name.startswith("__") and name.endswith("__")))
    }


def _assign(kind: type, found: dict[str, Any]) -> None:
    for name, each in _members(kind).items():
        if name not in found:
            delattr(kind, name)
        elif each is not found[name]:
            setattr(kind, name, found[name])
