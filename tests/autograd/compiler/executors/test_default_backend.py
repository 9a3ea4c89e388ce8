"""What runs programs where no backend is named: native where it is built and works, else NumPy."""

import os
import pickle
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import nn
from autograd import Value, compile, is_compiled
from autograd.compiler import executors
from autograd.compiler.executors import default_backend, executor_of
from nn import Neuron
from tests.conftest import NEEDS_NATIVE

w = Value(2.0)


def twice(x):
    return w * x


@pytest.fixture
def switch(monkeypatch, anew):
    """Sets GLASSGRAD_BACKEND."""
    return lambda backend: monkeypatch.setenv("GLASSGRAD_BACKEND", backend)


# ------------------------------------------------------------------------------------------------------ which it is


@pytest.mark.usefixtures("anew")
def test_it_is_native_where_the_core_is_compiled_and_else_numpy(monkeypatch):
    monkeypatch.delenv("GLASSGRAD_BACKEND", raising=False)
    f = compile(twice)
    assert f([1.0]).tolist() == [2.0]
    assert f.backend == default_backend() == ("native" if is_compiled() else "numpy")


@pytest.mark.usefixtures("without_native")
def test_where_native_is_not_built_it_is_numpy_without_a_word():
    f = compile(twice)
    assert (f.backend, f([1.0]).tolist()) == ("numpy", [2.0])


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize(("python", "largest"), [("pypy", 2**63 - 1), ("cpython", 2**31 - 1)])
def test_on_other_systems_it_is_numpy_without_a_word(monkeypatch, python, largest):
    monkeypatch.delenv("GLASSGRAD_BACKEND", raising=False)
    monkeypatch.setattr(executors, "is_compiled", lambda: True)
    system = SimpleNamespace(implementation=SimpleNamespace(name=python), maxsize=largest)
    monkeypatch.setattr(executors, "sys", system)
    assert compile(twice).backend == "numpy"
    with pytest.raises(ImportError, match=r"'native' is not for this system: it needs CPython on 64 bits. Use"):
        executor_of("native")


@pytest.mark.usefixtures("unusable_native")
def test_a_native_that_does_not_work_is_warned_of_once_at_the_users_line():
    with pytest.warns(UserWarning, match="run by NumPy, which is slower, since backend='native' does not work") as seen:
        first = compile(twice)
    assert (seen[0].filename, seen[0].lineno) == (__file__, sys._getframe().f_lineno - 1)
    assert "it is another's. GLASSGRAD_BACKEND=numpy in the environment chooses NumPy without" in str(seen[0].message)
    assert [each.backend for each in (first, compile(twice))] == ["numpy", "numpy"]


@pytest.mark.usefixtures("unusable_native")
@pytest.mark.parametrize(
    "use",
    [
        nn.predict,
        lambda model, X: nn.evaluate(model, X, X[:, 0], loss="mse"),
        lambda model, X: nn.fit(model, X, X[:, 0], loss="mse", epochs=1, progress=False),
    ],
    ids=["predict", "evaluate", "fit"],
)
def test_nn_warns_of_it_once_and_computes_by_numpy(use):
    model, X = Neuron(1, seed=0), np.linspace(-1.0, 1.0, 20).reshape(20, 1)
    with pytest.warns(UserWarning, match="backend='native' does not work here") as seen:
        use(model, X)
    assert len(seen) == 1
    assert seen[0].filename == __file__
    use(model, X)  # in tests a warning is an error


@NEEDS_NATIVE
@pytest.mark.usefixtures("anew")
def test_where_a_part_of_the_build_is_missing_the_warning_says_so(monkeypatch):
    monkeypatch.delenv("GLASSGRAD_BACKEND", raising=False)
    monkeypatch.setitem(sys.modules, "autograd.compiler.executors.native", None)
    with pytest.warns(UserWarning, match=r"since backend='native' is not built here .* needs a C compiler"):
        assert compile(twice).backend == "numpy"


@pytest.mark.usefixtures("unusable_native")
def test_numpy_that_is_named_needs_no_native():
    assert compile(twice, backend="numpy")([1.0]).tolist() == [2.0]


@pytest.mark.usefixtures("without_native")
def test_native_that_is_named_is_an_error_where_it_is_not_built():
    with pytest.raises(ImportError, match=r"'native' is not built here .* needs a C compiler .* Use backend='numpy'"):
        compile(twice, backend="native")
    with pytest.raises(ImportError, match=r"'native' is not built here .* Leave it out, or use backend='numpy'"):
        nn.fit(Neuron(1), [[1.0]], [1.0], loss="mse", backend="native", progress=False)


@pytest.mark.usefixtures("unusable_native")
def test_native_that_is_named_is_an_error_where_it_does_not_work():
    with pytest.raises(ImportError, match=r"'native' does not work here: it is another's. Use backend='numpy'"):
        compile(twice, backend="native")


# ---------------------------------------------------------------------------------------------- in the environment


def test_the_environment_names_another(switch):
    switch("numpy")
    assert compile(twice).backend == "numpy"
    switch("unknown")  # it has been looked up
    assert compile(twice).backend == "numpy"


@pytest.mark.usefixtures("unusable_native")
def test_numpy_in_the_environment_ends_the_warning(switch):
    switch("numpy")
    assert compile(twice).backend == "numpy"


def test_an_empty_text_in_the_environment_names_none(switch):
    switch("")
    assert compile(twice).backend == ("native" if is_compiled() else "numpy")


def test_an_unknown_one_in_the_environment_is_an_error_that_says_where_it_stands(switch):
    switch("torch")
    with pytest.raises(ValueError, match="GLASSGRAD_BACKEND=torch in the environment: backend must be one of 'numpy'"):
        compile(twice)
    assert compile(twice, backend="numpy").backend == "numpy"


@pytest.mark.usefixtures("without_native")
def test_one_in_the_environment_that_is_not_built_is_an_error(switch):
    switch("native")
    with pytest.raises(ValueError, match=r"GLASSGRAD_BACKEND=native in the environment: .* is not built here"):
        compile(twice)


# -------------------------------------------------------------------------------------- what is told, and what is kept


def test_a_compiled_function_tells_what_runs_it(backend):
    f = compile(twice, backend=backend)
    assert f.backend == backend
    assert repr(f) == f"compile(twice, dtype='float64', backend={backend!r})"
    f([1.0, 2.0])
    assert f.explain().startswith("compile(twice, dtype='float64') of B\n")
    assert ("\nnative, 2 rows at once: " in f.explain()) == (backend == "native")


def test_a_copy_is_run_by_what_is_the_default_where_it_is_made(without_native, monkeypatch):
    monkeypatch.setattr(executors, "default_backend", lambda: "numpy")
    named, not_named = (pickle.dumps(compile(twice, backend=backend)) for backend in ("numpy", None))
    with monkeypatch.context() as patch:
        patch.setattr("autograd.compiler.compiled.default_backend", lambda: "another")
        patch.setattr("autograd.compiler.compiled.executor_of", lambda backend: None)
        assert [pickle.loads(each).backend for each in (named, not_named)] == ["numpy", "another"]


PROGRAM = """
import sys, autograd
x = autograd.Value(2.0)
(x * x).backward()
assert autograd.grad(lambda x: x.exp())(1.0) > 2.7
print(*sorted(name for name in sys.modules if "native" in name or name == "numpy"))
{}
print(*sorted(name for name in sys.modules if name.endswith("native.machine")))
"""


def loaded(then, **environment):
    """What a fresh process has loaded of NumPy and the machine, and what when it has done something more."""
    program = PROGRAM.format(then)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ | environment, check=True
    )
    return [line.split() for line in done.stdout.split("\n")[:2]]


MACHINE = ["autograd.compiler.executors.native.machine"] if is_compiled() else []


def test_who_compiles_nothing_loads_neither_numpy_nor_the_machine():
    assert loaded("") == [[], []]


def test_who_compiles_loads_the_machine():
    assert loaded("autograd.compile(lambda x: x * x)([1.0, 2.0])", GLASSGRAD_BACKEND="") == [[], MACHINE]


def test_who_names_numpy_loads_no_machine():
    assert loaded("autograd.compile(lambda x: x * x, backend='numpy')([1.0])") == [[], []]
