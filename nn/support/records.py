"""Tables of what has a name: a record for each thing, which says all there is to know of it."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
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
    """

    def __init__(self, kind: type[R], records: dict[str, R]) -> None:
        self._kind, self.records = kind, records

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return self.records[name].function

    def __setitem__(self, name: str, function: Callable[..., Any]) -> None:
        self.records[name] = self._kind(function)

    def __delitem__(self, name: str) -> None:
        del self.records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return repr(dict(self))
