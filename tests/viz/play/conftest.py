"""What the tests of the playground share: JavaScript of its modules, and pages in a browser."""

from tests.viz.play.numbers.conftest import compute

__all__ = ["compute"]
