"""Choose the sample of MNIST in this folder: python make_sample.py FOLDER, the folder of the whole MNIST, gzipped.

The sample has 2,000 images for training and 500 for the test, the digits in the shares that they have in all of MNIST
(stratified), in the order of the original files. Every run chooses the same ones.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from nn.data.datasets import read_idx

SIZES = {"train": 2000, "t10k": 500}


def write_idx(path: Path, array: np.ndarray) -> None:
    """Bytes as an IDX file, gzipped: the format that `nn.data.datasets.read_idx` tells of."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.tobytes(), mtime=0))  # with no time in it: the same bytes every time


def main(source: Path, target: Path) -> None:
    """Write the sample of the files in source to target."""
    for part, size in SIZES.items():
        names = f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"
        images, labels = read_idx(source / names[0], dimensions=3), read_idx(source / names[1], dimensions=1)
        chosen, _ = train_test_split(np.arange(len(labels)), train_size=size, random_state=0, stratify=labels)
        chosen.sort()
        write_idx(target / names[0], images[chosen])
        write_idx(target / names[1], labels[chosen])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(__file__).parent)
