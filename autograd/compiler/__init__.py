"""`compile`: scalars in, matrix products out.

A function of one row is run once on placeholders; what it computed is a graph of scalars, in which the passes find the
matrices again. Each takes one structure and returns the next:

    trace    a function            → Tape      the graph as a flat list, in the order in which it was made
    folding  Tape                  → Tape      constants folded, equal nodes merged, those that change nothing left out
    sums     Tape                  → Tape      trees of additions as n-ary sums of products: a neuron is one node
    grouping Tape                  → Classes   nodes that one array operation can compute together
    tables   Classes               → Program   where their operands lie: matrix products, views, gathers
    selection  Program             → Program   what of it computes other outputs than its own
    adjoint  Program               → Program   with the steps that compute the gradient (`reversing`); in an exact
                                               one `liveness` tells first where it flows at all, in others `shifts`
                                               finds lists less their largest number, which go back in one step; of a
                                               loop, what must not wait is lifted over all turns (`lifting`; the
                                               rest is `adjoint_of_loops`, `adjoint_of_turns`, `waiting`, `placed`)
    buffers  Program               → Buffers   where the numbers lie in memory: what is used again, added, in place
    executors  Buffers or Program  → functions on arrays

Where there are no matrices, the tape itself is run; then `loops` takes it as it was traced and finds again what Python
has unrolled: Tape → Tape, with one turn of each loop and how often it is run. Programs of arrays have loops too, where
there are many classes: `loops.arrays` lays out the pieces of such a tape, and the turns, one after the other,
Tape → Program.

From folding to tables, each also returns what became of every node that it took: the number of the node in the next
structure that it is or is a part of, -1 for none. So `places[of_classes[of_sums[of_folding[n]]]]` is where in the
program the node n of the trace is computed: pictures show it.

Of one neuron and its squared error these are:

    >>> from autograd import Value
    >>> from autograd.compiler.adjoint import add_adjoint
    >>> from autograd.compiler.buffers import Buffers
    >>> from autograd.compiler.grouping import find_classes
    >>> from autograd.compiler.folding import fold
    >>> from autograd.compiler.sums import find_sums
    >>> from autograd.compiler.tables import find_tables
    >>> from autograd.compiler.trace import trace
    >>> w = [Value(1.0), Value(2.0), Value(3.0)]
    >>> tape, _ = trace(lambda x: ((w[0] * x[0] + w[1] * x[1] + w[2]).tanh() - 1.0) ** 2, [(2,)])
    >>> print(tape)
    0 = parameter(0)
    1 = input(0, 0)
    2 = parameter(1)
    3 = input(0, 1)
    4 = parameter(2)
    5 = 1
    6 = 2
    7 = mul(0, 1)
    8 = mul(2, 3)
    9 = add(7, 8)
    10 = add(9, 4)
    11 = tanh(10)
    12 = sub(11, 5)
    13 = pow(12, 6)
    return 13
    >>> folded, of_folding = fold(tape)  # a square is a product: 13 = mul(12, 12)
    >>> sums, of_sums = find_sums(folded)
    >>> print(sums)
    0 = parameter(0)
    1 = input(0, 0)
    2 = parameter(1)
    3 = input(0, 1)
    4 = parameter(2)
    5 = 1
    6 = + 0·1 + 2·3 + 4
    7 = tanh(6)
    8 = -1
    9 = + 7 + 8
    10 = mul(9, 9)
    return 10
    >>> classes, of_classes = find_classes(sums)
    >>> print(classes)
    c0 = parameter(): 3 nodes, once per call
    c1 = input(): 2 nodes
    c2 = constant(): 2 nodes, once per call
    c3 = contract(*c0, *c1): 1 nodes
    c4 = sum(c0, c3): 1 nodes
    c5 = tanh(c4): 1 nodes
    c6 = sum(c2, c5): 1 nodes
    c7 = mul(c6, c6): 1 nodes
    >>> program, places = find_tables(classes, None, 0, [2])
    >>> print(program)
    t1 = dot(p, x0)
    t2 = p + t1
    t3 = tanh(t2)
    t4 = -1 + t3
    t5 = mul(t4)
    >>> [program.name(places[of_classes[of_sums[of_folding[n]]]].value) for n in range(7, 14)]
    ['t1', 't1', 't1', 't2', 't3', 't4', 't5']
    >>> both = add_adjoint(program)
    >>> for step in both.adjoints:
    ...     print(both.line(step))
    dt5 = fill 1/B()
    dt4 = mul(dt5, t4)
    dt2 = tanh'(t2, dt4)
    s4 = sum(dt2)
    s5 = dot(dt2, x0)
    g = assemble(s4, s5)
    >>> print(Buffers(both))  # t1 and t2 are never needed at once, nor are t3 and t4
    t1 = dot(p, x0)  in memory 0
    t2 = p + t1  in memory 0
    t3 = tanh(t2)  in memory 1
    t4 = -1 + t3  in memory 1
    t5 = mul(t4)  in memory 2
    dt5 = fill 1/B()  in memory 3
    dt4 = mul(dt5, t4)  in memory 2
    dt2 = tanh'(t2, dt4)  in memory 0
    g[2:3] = sum(dt2)
    g[0:2] = dot(dt2, x0)

A `tape` is the graph in `columns`, which `taping` writes; `terms` are those of its sums, and `inlining` says what they
take up; `place` says where nodes lie. A `program` is made of values; what can define one stands in `kinds`. `verify`
says what each structure must fulfil, and is asked after every pass in the tests; `explain` says it in words. `affine`
and `blocks` look at tables of positions. `passes` calls them in their order, `prepared` for one shape of the arguments,
and `compiled` is what `autograd.compile` returns; `arguments` makes arrays of what that is called with. `checking`
looks for nan and inf, inside `detect_anomaly()`. `cache` is the home of what is compiled behind a user's back: one
trace for several programs, kept for the next time with a proof that it is current.
"""
