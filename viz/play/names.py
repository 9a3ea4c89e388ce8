"""What nn knows of the things that have names, for a page that lets one choose: from its records, and nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import fields
from inspect import signature
from typing import Any

from nn.activations import ACTIVATIONS, Activation
from nn.initialization import INITIALIZERS
from nn.losses import LOSSES, Loss
from nn.optim.optimizers import OPTIMIZERS, OWN
from nn.support.records import Functions, Record


def names() -> dict[str, Any]:
    """In JSON's types: of each activation and loss what its record says, in camelCase; of each optimizer its numbers.

    >>> found = names()
    >>> found["losses"]["hinge"]["targets"], found["activations"]["relu"]["canDie"]
    ('-1 or 1', True)
    >>> found["optimizers"]["rmsprop"]["alpha"], found["initializers"][-1]
    (0.99, 'he')
    """
    return {
        "activations": _records(Activation, ACTIVATIONS),
        "losses": _records(Loss, LOSSES),
        "optimizers": {name: _numbers(kind) for name, kind in OPTIMIZERS.items() if kind in OWN},
        "initializers": [*INITIALIZERS],
    }


def camel(name: str) -> str:
    """A name of Python's as JavaScript writes it.

    >>> camel("weight_decay"), camel("l1")
    ('weightDecay', 'l1')
    """
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _records(kind: type[Record], table: Functions[Any]) -> dict[str, Any]:
    own = [field.name for field in fields(kind) if field.name != "function"]
    asked = [name for name, each in vars(kind).items() if isinstance(each, property)]
    return {name: _plain(record, [*own, *asked]) for name, record in table.records.items()}


def _plain(record: Record, attributes: list[str]) -> dict[str, Any]:
    return {camel(name): getattr(record, name) for name in attributes}


def _numbers(optimizer: type) -> Mapping[str, Any]:
    """What it takes beside the parameters, with the defaults."""
    arguments = [*signature(optimizer).parameters.values()][1:]
    return {camel(each.name): each.default for each in arguments}
