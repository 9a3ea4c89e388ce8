"""Where modules of version 0.1 are now: what it has pickled, and programs that import from them, find them."""

from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_FAMILIES = {
    "training": ("callbacks", "diagnosis", "metrics", "saving"),
    "optim": ("clipping", "optimizer", "optimizers", "schedules"),
    "support": ("arrays", "checks", "files"),
    "data": ("datasets", "images", "scaling", "tables"),
}
MOVED = {name: f"{family}.{name}" for family, names in _FAMILIES.items() for name in names}


class Moved(ModuleType):
    """A module under its old name, which imports the one that it is now when it is first asked for something."""

    def __init__(self, name: str, now: str) -> None:
        super().__init__(name, f"Moved to {now}.")
        self.__dict__["_now"] = now
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # of `from nn.optimizers import *`
            return [public for public in dir(self) if not public.startswith("_")]
        if name.startswith("__"):  # who looks through all modules asks for these
            raise AttributeError(name)
        return getattr(import_module(self._now), name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self._now))
