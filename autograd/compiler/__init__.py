"""`compile`: scalars in, matrix products out.

A function of one row is run once on placeholders; what it computed is a graph of scalars, in which the passes find the
matrices again. Each takes one structure and returns the next:

    trace    a function            → Tape      the graph as a flat list: constants folded, equal nodes merged
    sums     Tape                  → Tape      trees of additions as n-ary sums of products: a neuron is one node
    classes  Tape                  → Classes   nodes that one array operation can compute together
    tables   Classes               → Program   where their operands lie: matrix products, views, gathers
    adjoint  Program               → Program   with the steps that compute the gradient (`contributions`); in an exact
                                               one `liveness` tells first where it flows at all
    numpy_executor  Program        → functions on arrays, as text that NumPy runs (`numpy_writer`); how each kind of
                                               step is written: numpy_rules, numpy_products, numpy_lookups

`provenance` tells which number of a program each scalar has become a part of, for pictures.
`affine` and `blocks` look at tables of positions, `numpy_expressions` makes the expressions that `autograd.symbolic`
reads in the rule book what NumPy computes best. `prepared` runs the passes for one shape of the arguments, and
`compiled` is what `autograd.compile` returns; `arguments` makes arrays of what that is called with. `checking` looks
for nan and inf, inside `detect_anomaly()`.
"""
