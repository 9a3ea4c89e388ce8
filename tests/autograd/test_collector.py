"""The garbage collector is paused, and goes on, whoever else pauses it at the same time."""

import gc
from unittest.mock import patch

import pytest

from autograd.collector import Uncollected, collector_paused


@pytest.mark.parametrize("paused", [Uncollected, collector_paused])
def test_it_is_paused_in_the_block_and_not_after(paused):
    with paused():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("paused", [Uncollected, collector_paused])
def test_it_goes_on_where_another_thread_lets_it_while_we_begin(paused):
    """We find it paused; then the other thread is done, before we do anything."""

    def asked():
        gc.enable()
        return False

    gc.disable()
    with patch.object(gc, "isenabled", asked), paused():
        pass
    assert gc.isenabled()
