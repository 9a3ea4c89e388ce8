"""Every rule of the book against central differences, on the domain that the rule names."""

import random

import pytest

from autograd import OPERATIONS, GradcheckError, Operation, Value, gradcheck
from autograd.nodes import apply

POINTS = 5


def is_choice(interval):
    return isinstance(interval, (set, frozenset))


def domains(operation):
    """The domain of the rule, longer as well where the operation takes any number of operands."""
    longer = (0, 2, 4) if operation.operands[-1].startswith("*") else (0,)
    return [(*operation.domain, *operation.domain[-1:] * more) for more in longer]


CASES = [
    pytest.param(operation, domain, id=f"{operation.name}-{len(domain)}")
    for operation in OPERATIONS.values()
    for domain in domains(operation)
]


def drawn(name, domain):
    """A few lists of operands from the domain, the same in every run."""
    generator = random.Random(f"{name} of {len(domain)}")
    for _ in range(POINTS):
        yield [generator.choice(sorted(i)) if is_choice(i) else generator.uniform(*i) for i in domain]


def check(operation, domain):
    """Gradcheck the operation by the operands that are quantities; those that are choices are held fixed."""
    for operands in drawn(operation.name, domain):
        quantities = [i for i, interval in enumerate(domain) if not is_choice(interval)]

        def f(x, operands=operands, quantities=quantities):
            values = [Value(number) for number in operands]
            for i, value in zip(quantities, x, strict=True):
                values[i] = value
            return apply(operation, *values)

        gradcheck(f, [operands[i] for i in quantities])


@pytest.mark.parametrize(("operation", "domain"), CASES)
def test_partials_are_the_central_differences(operation, domain):
    check(operation, domain)


@pytest.mark.parametrize(("operation", "domain"), CASES)
def test_there_is_one_partial_for_every_operand_and_all_are_floats(operation, domain):
    for operands in drawn(operation.name, domain):
        node = apply(operation, *map(Value, operands))
        assert [type(number) for number in (node.data, *node.partials)] == [float] * (1 + len(operands))


@pytest.mark.parametrize(("operation", "domain"), CASES)
def test_the_derivative_by_a_choice_is_zero(operation, domain):
    for operands in drawn(operation.name, domain):
        partials = apply(operation, *map(Value, operands)).partials
        assert all(partial == 0.0 for partial, i in zip(partials, domain, strict=True) if is_choice(i))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_domain_has_one_interval_for_every_operand(operation):
    if not operation.operands[-1].startswith("*"):
        assert len(operation.domain) == len(operation.operands)


@pytest.mark.parametrize("name", ["maximum", "minimum", "logsumexp"])
def test_of_a_single_number_the_operation_is_the_identity(name):
    node = apply(OPERATIONS[name], Value(2.5))
    assert (node.data, node.partials) == (2.5, (1.0,))


def test_the_name_of_a_rule_is_its_key():
    assert [operation.name for operation in OPERATIONS.values()] == list(OPERATIONS)


@pytest.mark.parametrize("name", ["exp", "where"])  # the domain of `where` has a set
def test_an_operation_may_be_a_key(name):
    operation = OPERATIONS[name]
    assert {operation: 1}[operation] == 1
    assert operation != operation._replace()
    assert operation._replace() not in {operation}  # an entry is itself alone


def test_an_operation_shows_its_name():
    assert repr(OPERATIONS["exp"]) == "<operation exp>"


# ------------------------------------------------------------------------------------------- planted faults


def product(first=1.0, second=1.0):
    """The product of two numbers, with each partial derivative off by a factor."""
    return Operation("product", "×", lambda m, a, b: a * b, lambda m, y, a, b: (first * b, second * a), ())


def test_the_check_passes_a_right_rule():
    check(product(), ((0.5, 3.0), (0.5, 3.0)))


@pytest.mark.parametrize("wrong", [product(first=1.00001), product(second=1.00001)], ids=["first", "second"])
def test_the_check_fails_on_a_wrong_partial(wrong):
    with pytest.raises(GradcheckError):
        check(wrong, ((0.5, 3.0), (0.5, 3.0)))


def test_the_check_fails_on_a_wrong_partial_beside_a_choice():
    wrong = Operation(
        "wrong", "wrong", lambda m, i, x: m.where(i, x, -x), lambda m, y, i, x: (0.0, m.where(i, 1.0, 1.0)), ()
    )
    with pytest.raises(GradcheckError):
        check(wrong, ({0.0, 1.0}, (0.5, 3.0)))
