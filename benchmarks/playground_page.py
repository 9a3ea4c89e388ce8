"""How long a frame of the playground takes in a browser: `python -m benchmarks.playground_page` prints JSON.

A frame is an epoch over 500 rows by a network of 8, 8 and 8 neurons, and what the page shows of it: the work of its
script, in milliseconds, the median of many frames. What the browser then paints is not in it. `benchmarks.playground`
has the same without the page.
"""

import json
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from docs.scripts.photographs import BROWSERS
from viz import play

from .turns import QUICK

FRAMES = 60 if QUICK else 400
MEASURES = "() => performance.getEntriesByName('frame').map(({ duration }) => duration)"


def measure(browser: Any, activation: str, batch_size: int) -> dict[str, float]:
    """The median and the longest of 19 in 20 frames; a batch_size of 0 is all rows."""
    settings = {"rows": 500, "test_share": 0.0, "layers": [8, 8, 8], "lr": 0.01}
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    with tempfile.TemporaryDirectory() as folder:
        path = play(activation=activation, batch_size=batch_size, **settings).save(Path(folder) / "play.html")
        page.goto(path.as_uri())
        page.locator("#train").click()
        while len(times := page.evaluate(MEASURES)) < FRAMES:
            page.wait_for_timeout(100)
    page.close()
    return {"median": median(times), "most": sorted(times)[len(times) * 19 // 20]}


if __name__ == "__main__":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        cases = [(activation, size) for activation in ("tanh", "relu") for size in (16, 0)]
        print(json.dumps({f"{name}, batch {size}": measure(browser, name, size) for name, size in cases}, indent=1))
