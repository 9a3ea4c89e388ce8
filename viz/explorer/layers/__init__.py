"""Layers: what a network in plain scalars consists of, found in its graph, with a call around each.

    region      the operations that stand beside each other, and what a block of them is
    products    sums of products, however they are written
    linear      neurons and linear layers, and networks of them
    softmaxes   softmaxes, and the cross-entropy
    attention   what lies between queries, keys and values and the layer that mixes the heads
    norms       normalizations and embeddings
    calls       the calls around all of these

Only what is certain is found; all else stays as it is.
"""

from .calls import Attention, find_layers

__all__ = ["Attention", "find_layers"]
