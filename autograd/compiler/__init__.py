"""`compile`: scalars in, matrix products out.

A function of one row is run once on placeholders; what it computed is a graph of scalars, in which the passes find the
matrices again. Each takes one structure and returns the next:

    trace    a function            → Tape      the graph as a flat list, in the order in which it was made
    folding  Tape                  → Tape      constants folded, equal nodes merged
    sums     Tape                  → Tape      trees of additions as n-ary sums of products: a neuron is one node
    classes  Tape                  → Classes   nodes that one array operation can compute together
    tables   Classes               → Program   where their operands lie: matrix products, views, gathers
    adjoint  Program               → Program   with the steps that compute the gradient (`contributions`); in an exact
                                               one `liveness` tells first where it flows at all
    buffers  Program               → Buffers   where the numbers lie in memory: what is used again, added, in place
    executors  Buffers or Program  → functions on arrays

From folding to tables, each also returns what became of every node that it took: the number of the node in the next
structure that it is or is a part of, -1 for none. So `places[of_classes[of_sums[of_folding[n]]]]` is where in the
program the node n of the trace is computed: pictures show it.

A `tape` is the graph as a list, `terms` are those of its sums. A `program` is made of values; what can define one
stands in `kinds`. `verify` says what each structure must fulfil, and is asked after every pass in the tests; `explain`
says it in words. `affine` and `blocks` look at tables of positions. `prepared` runs the passes for one shape of the
arguments, and `compiled` is what `autograd.compile` returns; `arguments` makes arrays of what that is called with.
`checking` looks for nan and inf, inside `detect_anomaly()`. `cache` is the home of what is compiled behind a user's
back: one trace for several programs, kept for the next time with a proof that it is current.
"""
