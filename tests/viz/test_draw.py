"""What `draw` refuses."""

import re

import pytest

from tests.viz.conftest import neuron
from viz import draw


@pytest.mark.parametrize("root", [1.0, "x", [1.0], None])
def test_a_root_that_is_no_value_is_refused(root):
    with pytest.raises(TypeError, match="Value or a list of Values"):
        draw(root)


def test_no_root_is_refused():
    with pytest.raises(ValueError, match="empty"):
        draw([])


@pytest.mark.parametrize("options", [{"direction": "left"}, {"max_nodes": 0}, {"max_nodes": 1.5}])
def test_a_wrong_option_is_refused(options):
    with pytest.raises(ValueError, match=re.escape(repr(next(iter(options.values()))))):
        draw(neuron(), **options)
