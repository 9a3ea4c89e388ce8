"""Film the explorer for the README: `make pictures` writes backpropagation.webp to docs/pictures, by Chromium.

A neuron, one step after the other: forward, until its number is known, then backward, until all gradients are.
"""

from io import BytesIO

from PIL import Image

from docs.scripts.explorer import FOLDER, neuron
from docs.scripts.photographs import photographer, settled
from nn.support.files import write_file

WIDTH, HEIGHT, SCALE = 800, 560, 1.5
STAYS = {"Start": 1600, "Forward": 900, "Backward": 1900, "Done": 4000}  # milliseconds: there is more to read backward
STAYS_BETWEEN = 2200  # at the last number, before the gradients


def film() -> bytes:
    """An animated WebP, a frame for each step."""
    frames, times = [], []
    with photographer() as browser:
        page = browser.page(neuron().html, WIDTH, HEIGHT, scale=SCALE)
        page.get_by_role("button", name="Fit").click()
        page.evaluate("document.activeElement.blur()")  # so that nothing is marked
        page.mouse.move(0, 0)
        while not times or times[-1] != STAYS["Done"]:
            frames.append(Image.open(BytesIO(settled(page))).convert("RGB"))
            now = page.locator("#pass").inner_text().split()[0]
            if now == "Backward" and times[-1] == STAYS["Forward"]:
                times[-1] = STAYS_BETWEEN
            times.append(STAYS[now])
            page.keyboard.press("n")
    file = BytesIO()
    exact = {"lossless": True, "quality": 100, "method": 6}  # the last two: small, however long it takes
    frames[0].save(file, "webp", save_all=True, append_images=frames[1:], duration=times, loop=0, **exact)
    return file.getvalue()


if __name__ == "__main__":
    write_file(FOLDER / "backpropagation.webp", film())
    print("wrote backpropagation.webp")
