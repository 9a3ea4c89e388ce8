"""What the tests without packages, and those of live cells share: the plain wheel, and the folder of the site."""

from zipfile import ZipFile

import pytest

from docs.live import build


@pytest.fixture(scope="session")
def wheel():
    """The plain wheel of this checkout."""
    with ZipFile(build.wheel()) as file:
        yield file


@pytest.fixture(scope="session")
def live(tmp_path_factory):
    """The folder with all that live cells load."""
    if not build.is_kept():
        pytest.skip("Pyodide's runtime is not there: python -m docs.live.build --fetch, by npm")
    folder = tmp_path_factory.mktemp("site") / "live"
    assert build.put_into(folder)
    return folder
