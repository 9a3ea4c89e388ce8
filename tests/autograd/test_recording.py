"""no_grad() among tasks, threads and generators: it holds where it was entered, and nowhere else."""

import asyncio
import contextlib
import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograd import Value, detect_anomaly, grad, no_grad, scope


def run(coroutine):
    """Its result, from a thread of its own: in this one a loop may be running, that of a browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def records():
    """Whether an operation is recorded here."""
    return (Value(2.0) * 3.0).parents != ()


def test_blocks_of_two_tasks_may_overlap():
    seen = []

    async def task(first, second):
        with no_grad():
            await asyncio.sleep(first)
            seen.append(records())
        seen.append(records())
        await asyncio.sleep(second)
        seen.append(records())

    async def both():
        await asyncio.gather(task(0.01, 0.03), task(0.02, 0.0))
        seen.append(records())

    run(both())
    assert sorted(seen) == [False] * 2 + [True] * 5
    assert records()


def test_a_task_that_is_started_in_a_block_is_in_it():
    async def main():
        async def later():
            await asyncio.sleep(0.01)
            return records()

        with no_grad():
            task = asyncio.create_task(later())
        return records(), await task

    assert run(main()) == (True, False)


def numbers_without_graph():
    with no_grad():
        x = Value(2.0) * 3.0
        yield x
        yield x * 2.0


def test_a_generator_that_is_suspended_in_a_block_is_refused():
    suspended = numbers_without_graph()
    assert next(suspended).parents == ()
    with pytest.raises(
        RuntimeError, match=r"the generator numbers_without_graph \(.*line \d+\) is suspended inside no_gr"
    ):
        Value(1.0) * 2.0
    assert next(suspended).parents == ()  # it goes on as it wants
    suspended.close()
    assert records()


def test_a_generator_that_nobody_holds_any_more_leaves_its_block():
    next(numbers_without_graph())
    assert records()


def test_a_generator_that_leaves_the_block_before_it_yields_is_right():
    def numbers():
        for i in range(3):
            with no_grad():
                x = Value(i) * 2.0
            yield x

    for x in numbers():
        assert x.parents == ()
        assert records()


def test_a_block_that_is_entered_while_a_generator_holds_one_ends_after_it():
    suspended = numbers_without_graph()
    next(suspended)
    with no_grad():
        suspended.close()
        assert not records()
    assert records()


def test_another_block_entered_meanwhile_records_when_the_generator_is_done():
    suspended = numbers_without_graph()
    next(suspended)
    with detect_anomaly():
        suspended.close()
        assert records()
    assert records()


def test_a_generator_closed_in_another_context_is_noticed():
    import contextvars

    suspended = numbers_without_graph()
    next(suspended)
    contextvars.Context().run(suspended.close)
    assert records()


def test_a_context_manager_of_ones_own_may_hold_the_block():
    @contextlib.contextmanager
    def evaluation():
        with no_grad():
            yield

    with evaluation():
        assert not records()
    with contextlib.ExitStack() as stack:
        stack.enter_context(evaluation())
        assert not records()
    assert records()


def test_so_may_an_asynchronous_one():
    @contextlib.asynccontextmanager
    async def evaluation():
        with no_grad():
            yield

    async def main():
        async with evaluation():
            inside = records()
        return inside, records()

    assert run(main()) == (False, True)


def test_an_asynchronous_generator_that_is_suspended_is_refused():
    async def numbers():
        with no_grad():
            yield Value(1.0)

    async def main():
        suspended = numbers()
        await anext(suspended)
        with pytest.raises(RuntimeError, match="the generator numbers"):
            Value(1.0) * 2.0
        await suspended.aclose()
        return records()

    assert run(main())


def test_it_decorates_a_function():
    @no_grad()
    def evaluation():
        return records()

    assert evaluation() is False
    assert records()


@pytest.mark.parametrize("block", [no_grad(), scope("layer")], ids=["no_grad", "scope"])
def test_it_decorates_nothing_that_runs_after_the_call(block):
    def generator():
        yield records()

    async def coroutine():
        return records()

    async def asynchronous_generator():
        yield records()

    class Callable:
        def __call__(self):
            yield records()

    wrapped = (functools.partial(generator), staticmethod(generator), Callable())
    for function in (generator, coroutine, asynchronous_generator, *wrapped):
        with pytest.raises(TypeError, match=r"@(no_grad\(\)|scope) on \w+, a gen.* write the block inside"):
            block(function)
    assert block(records)() is isinstance(block, scope)


@pytest.mark.parametrize("block", [no_grad, detect_anomaly])
def test_a_block_is_entered_once_at_a_time(block):
    one = block()
    for _ in range(2):
        with one, pytest.raises(RuntimeError, match=rf"this block of {block.__name__}\(\) is entered already"):
            one.__enter__()
    assert records()


def test_a_derivative_is_taken_though_a_generator_is_suspended_around_it():
    suspended = numbers_without_graph()
    next(suspended)
    assert grad(lambda x: x * x)(3.0) == 6.0
    suspended.close()


def test_another_thread_is_not_concerned():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(records()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_scopes_and_blocks_nest_in_any_order():
    with scope("outer"), no_grad(), scope("inner"):
        assert not records()
    with no_grad(), scope("only"):
        pass
    with scope("after"):
        x = Value(1.0) * 2.0
    assert x._scope == (None, "after")


def test_threads_and_tasks_started_by_an_asynchronous_generator_are_in_its_block():
    async def numbers():
        async def sub():
            return (Value(2.0) * 3.0).parents

        with no_grad():
            yield await asyncio.to_thread(lambda: (Value(2.0) * 3.0).parents), await asyncio.create_task(sub())

    async def main():
        return [each async for each in numbers()]

    assert run(main()) == [((), ())]


def test_scopes_that_generators_hold_may_overlap():
    def held(name):
        with scope(name):
            yield Value(1.0) * 2.0
        yield Value(1.0) * 2.0

    first, second = held("first"), held("second")
    with no_grad():
        next(first)
    next(second)
    next(first)
    next(second)
    assert (Value(1.0) * 2.0)._scope is None
