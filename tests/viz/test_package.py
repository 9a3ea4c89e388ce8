"""The package: its public names, and that importing it stays light."""

import subprocess
import sys

import viz


def test_every_public_name_is_there():
    assert [name for name in viz.__all__ if not hasattr(viz, name)] == []


def test_the_public_names_are_what_dir_shows():
    assert dir(viz) == sorted(viz.__all__)


def test_import_viz_stays_light():
    heavy = ("numpy", "nn", "matplotlib", "wasmtime")
    code = f"import sys, viz; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_explore_is_public():
    assert {"explore", "Explorer"} <= set(viz.__all__)


def test_play_is_public():
    assert {"play", "Playground"} <= set(viz.__all__)
