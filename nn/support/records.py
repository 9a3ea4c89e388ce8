"""Tables of what has a name: a record for each thing, which says all there is to know of it."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar


@dataclass(frozen=True)
class Record:
    """A function, and what a subclass knows of it. Of a function of a user's, nothing else is known."""

    function: Callable[..., Any]


R = TypeVar("R", bound=Record)


class Functions(MutableMapping[str, Callable[..., Any]], Generic[R]):
    """The functions of a table, by name.

    Attributes:
        records: what is known of them, by name: the table itself.

    >>> table = Functions(Record, {"absolute": Record(abs)})
    >>> table["absolute"](-2.0)
    2.0
    >>> table["largest"] = max
    >>> table.records["largest"]
    Record(function=<built-in function max>)

    What is set is a function, or a record. A function in the place of another one takes over what is known of that.
    """

    def __init__(self, kind: type[R], records: dict[str, R]) -> None:
        self._kind, self.records = kind, records

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return self.records[name].function

    def __setitem__(self, name: str, function: Callable[..., Any] | R) -> None:
        if isinstance(function, self._kind):
            self.records[name] = function
        elif callable(function):
            known = self.records.get(name)
            self.records[name] = replace(known, function=function) if known else self._kind(function)
        else:
            kind, got = self._kind.__name__, f"{function!r:.80} of type {type(function).__name__}"
            raise TypeError(f"{name!r} stands for a function, or for {kind}(function, …), which tells of it; got {got}")

    def __delitem__(self, name: str) -> None:
        del self.records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return repr(dict(self))
