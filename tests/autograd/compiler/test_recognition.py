"""The matrices that the compiler finds: what the program is made of, and that it computes what the scalars compute."""

import random
from itertools import pairwise

import numpy as np
import pytest

from autograd import compile, dot, exp, logsumexp, softmax, sqrt, take
from autograd.compiler.compiled import Compiled
from autograd.compiler.explain import flops
from autograd.compiler.kinds import Contract, Gather, Partial, Scatter, Take
from autograd.compiler.program import Space
from autograd.ieee import total


@pytest.fixture
def program_of(equals_eager):
    """The program of f, after a comparison with eager: with all rows, one row, in parts, and in float32."""

    def program_of(f, *arrays):
        equals_eager(f, *arrays, dtype="float32")
        equals_eager(f, *[array[:1] for array in arrays])
        equals_eager(f, *arrays, compiled=Compiled(f, "float64", most_bytes=1))
        return equals_eager(f, *arrays).program

    return program_of


def kinds(program):
    """The forward steps by name."""
    return [step.kind.name for step in program.steps]


def all_kinds(program):
    return kinds(program) + [step.kind.name for step in program.adjoints]


def only(program, kind):
    """The one forward step of this name."""
    [step] = [step for step in program.steps if step.kind.name == kind]
    return step


def shapes(program, step):
    """Of a product: left, right and result, without the batch; with B in front where they have it."""
    return tuple(map(program.dimensions, (*step.operands, step.out)))


def contractions_of_two(program):
    return [step for step in program.steps if isinstance(step.kind, Contract) and len(step.operands) == 2]


def scalars(program):
    return sum(step.scalars for step in program.steps)


# ------------------------------------------------------------------------------------------------ dense layers


def in_order(terms, rng):
    return total(terms)


def in_random_order(terms, rng):
    return total(rng.sample(terms, len(terms)))


def bias_first(terms, rng):
    return total([terms[-1], *terms[:-1]])


def bias_inside(terms, rng):
    return total([*terms[:3], terms[-1], *terms[3:-1]])


def as_balanced_tree(terms, rng):
    while len(terms) > 1:
        terms = [total(terms[i : i + 2]) for i in range(0, len(terms), 2)]
    return terms[0]


def subtracted_from_nothing(terms, rng):
    return -total([-term for term in terms])


def by_dot(terms, rng):
    return dot([term.parents[0] for term in terms[:-1]], [term.parents[1] for term in terms[:-1]]) + terms[-1]


@pytest.mark.parametrize(
    "added",
    [in_order, in_random_order, bias_first, bias_inside, as_balanced_tree, subtracted_from_nothing, by_dot],
)
@pytest.mark.parametrize("factors", ["w*x", "x*w", "mixed"])
def test_a_dense_layer_is_one_matrix_product(program_of, drawn, added, factors):
    w, b = drawn.parameters(4, 6), drawn.parameters(4)

    def f(x):
        rng = random.Random(1)
        neurons = []
        for weights, bias in zip(w, b, strict=True):
            turned = [factors == "x*w" or (factors == "mixed" and rng.random() < 0.5) for _ in x]
            products = [x_i * w_i if turn else w_i * x_i for w_i, x_i, turn in zip(weights, x, turned, strict=True)]
            neurons.append(added([*products, bias], rng).tanh())
        return total(neurons)

    program = program_of(f, drawn.rows(5, 6))
    assert kinds(program) == ["matmul", "add", "tanh", "sum"]
    product = program.steps[0]
    assert shapes(program, product) == ("4×6", "B×6", "B×4")
    assert product.scalars == 4 * (6 + 5)
    assert scalars(program) == 44 + 4 + 4 + 3
    assert [kind for kind in all_kinds(program)[4:] if "matmul" in kind] == ["matmul"]
    assert all(program.is_whole(view) for view in product.views if program.space[view.value])


def test_a_layer_without_bias_and_activation_is_a_matrix_product_alone(program_of, drawn):
    w = drawn.parameters(3, 4)
    program = program_of(lambda x: [dot(row, x) for row in w], drawn.rows(5, 4))
    assert kinds(program) == ["matmul"]


def test_two_layers_are_two_matrix_products_and_three_backward(program_of, drawn):
    w, v = drawn.parameters(5, 4), drawn.parameters(3, 5)

    def f(x):
        hidden = [dot(row, x).relu() for row in w]
        return total([dot(row, hidden).tanh() for row in v])

    program = program_of(f, drawn.rows(6, 4))
    assert kinds(program) == ["matmul", "relu", "matmul", "tanh", "sum"]
    assert all_kinds(program).count("matmul") == 5


def test_the_same_layer_at_several_time_steps_is_one_matrix_product(program_of, drawn):
    w, b = drawn.parameters(4, 3), drawn.parameters(4)
    program = program_of(
        lambda xs: total([(dot(w_i, x) + b_i).tanh() for x in xs for w_i, b_i in zip(w, b, strict=True)]),
        drawn.rows(5, 7, 3),
    )
    assert kinds(program) == ["matmul", "add", "tanh", "sum"]
    assert shapes(program, program.steps[0]) == ("4×3", "B×7×3", "B×7×4")
    assert flops(program, program.steps[0], 5) == 5 * 7 * 4 * 3 * 2


def test_two_towers_of_equal_shape_are_one_batched_product(program_of, drawn):
    towers = [(drawn.parameters(4, 3, seed=seed), drawn.parameters(4, seed=seed)) for seed in (1, 2)]

    def f(xs):
        left, right = (
            [(dot(w_i, x) + b_i).tanh() for w_i, b_i in zip(w, b, strict=True)]
            for x, (w, b) in zip(xs, towers, strict=True)
        )
        return dot(left, right)

    program = program_of(f, drawn.rows(5, 2, 3))
    assert kinds(program) == ["batched matmul", "add", "tanh", "dot"]
    assert shapes(program, program.steps[0]) == ("2×4×3", "B×2×3", "B×2×4")


def test_a_recurrent_network_has_one_product_for_all_inputs_and_one_for_each_later_state(program_of, drawn):
    w, v, b = drawn.parameters(4, 3), drawn.parameters(4, 4), drawn.parameters(4)

    def f(xs):
        h = None
        for x in xs:
            z = [dot(w_i, x) + b_i for w_i, b_i in zip(w, b, strict=True)]
            h = [(z_i + dot(v_i, h)).tanh() if h else z_i.tanh() for z_i, v_i in zip(z, v, strict=True)]
        return total(h)

    program = program_of(f, drawn.rows(5, 6, 3))
    assert kinds(program).count("matmul") == 1 + 5
    assert shapes(program, program.steps[0]) == ("4×3", "B×6×3", "B×6×4")
    assert not [step for step in program.steps if isinstance(step.kind, Gather)]


# ------------------------------------------------------------------------------------------------ convolutions


def convolution(kernels, bias, image, stride=1, padding=0):
    """channels × rows × columns -> a list of Values; what lies outside of the image is left out."""
    size, edge = len(kernels[0][0]), range(-padding, len(image[0]) + padding - len(kernels[0][0]) + 1, stride)

    def neuron(kernel, b, row, column):
        inside = [
            kernel[c][i][j] * image[c][row + i][column + j]
            for c in range(len(image))
            for i in range(size)
            for j in range(size)
            if 0 <= row + i < len(image[0]) and 0 <= column + j < len(image[0])
        ]
        return total(inside) + b

    return [neuron(kernel, b, r, c).relu() for kernel, b in zip(kernels, bias, strict=True) for r in edge for c in edge]


@pytest.mark.parametrize(
    ("stride", "side", "places"), [(1, 6, 16), (2, 7, 9), (3, 9, 9)], ids=["stride 1", "stride 2", "stride 3"]
)
def test_a_convolution_is_one_matrix_product_of_patches(program_of, drawn, stride, side, places):
    kernels, bias = drawn.parameters(2, 1, 3, 3), drawn.parameters(2)
    program = program_of(lambda x: total(convolution(kernels, bias, [x], stride)), drawn.rows(4, side, side))
    assert kinds(program) == ["gather", "matmul", "add", "relu", "sum"]
    assert shapes(program, program.steps[1]) == ("2×9", f"B×{places}×9", f"B×{places}×2")
    assert program.steps[1].scalars == 2 * places * (9 + 8)
    assert not [step for step in program.adjoints if isinstance(step.kind, (Gather, Scatter))]


def test_a_convolution_over_several_channels_is_one_matrix_product(program_of, drawn):
    kernels, bias = drawn.parameters(2, 3, 3, 3), drawn.parameters(2)

    def f(x):
        return total(convolution(kernels, bias, [[row[i : i + 5] for i in range(0, 25, 5)] for row in x]))

    program = program_of(f, drawn.rows(4, 3, 25))
    assert kinds(program) == ["gather", "matmul", "add", "relu", "sum"]
    assert shapes(program, program.steps[1]) == ("2×27", "B×9×27", "B×9×2")


def test_a_convolution_with_padding_has_one_product_for_each_kind_of_place(program_of, drawn):
    kernels, bias = drawn.parameters(2, 1, 3, 3), drawn.parameters(2)
    program = program_of(lambda x: total(convolution(kernels, bias, [x], padding=1)), drawn.rows(3, 6, 6))
    of_blocks = contractions_of_two(program)
    assert [shapes(program, step) for step in of_blocks] == [
        ("4×2×4", "B×4×4", "B×4×2"),  # corners: 4 of 9 weights
        ("4×2×6", "B×4×4×6", "B×4×4×2"),  # edges: 6 of 9
        ("2×9", "B×16×9", "B×16×2"),
    ]
    assert [step.kind.name for step in of_blocks] == ["batched matmul", "batched matmul", "matmul"]
    assert kinds(program)[-3:] == ["add", "relu", "sum"]


def test_two_convolutions_are_two_products_and_one_scatter(program_of, drawn):
    first, second = drawn.parameters(2, 1, 3, 3), drawn.parameters(2, 2, 3, 3)
    b = drawn.parameters(4)

    def f(x):
        maps = convolution(first, b[:2], [x])
        images = [[maps[16 * c + 4 * r : 16 * c + 4 * r + 4] for r in range(4)] for c in range(2)]
        return total(convolution(second, b[2:], images))

    program = program_of(f, drawn.rows(3, 6, 6))
    assert kinds(program) == ["gather", "matmul", "add", "relu", "gather", "matmul", "add", "relu", "sum"]
    assert len([step for step in program.adjoints if isinstance(step.kind, Scatter)]) == 1


# --------------------------------------------------------------------------------------------------- attention


def attention(w_q, w_k, w_v, tokens, causal):
    queries, keys, values = ([[dot(row, token) for row in w] for token in tokens] for w in (w_q, w_k, w_v))
    mixed = []
    for i, q in enumerate(queries):
        seen = i + 1 if causal else len(tokens)
        weights = softmax([dot(q, k) * 0.5 for k in keys[:seen]])
        mixed += [dot(weights, [v[d] for v in values[:seen]]) for d in range(len(q))]
    return mixed


def test_attention_is_batched_products(program_of, drawn):
    w = [drawn.parameters(3, 4, seed=seed) for seed in range(3)]
    program = program_of(lambda x: total([y.tanh() for y in attention(*w, x, causal=False)]), drawn.rows(4, 6, 4))
    projections, scores, mixed = contractions_of_two(program)
    assert shapes(program, projections) == ("9×4", "B×6×4", "B×6×9")
    assert (scores.kind.name, mixed.kind.name) == ("batched matmul", "batched matmul")
    assert shapes(program, scores) == ("B×6×3", "B×6×3", "B×6×6")
    assert sorted(shapes(program, mixed)[:2]) == ["B×3×6", "B×6×6"]
    assert "gather" not in all_kinds(program)
    assert "scatter-add" not in all_kinds(program)
    assert len(program.steps) == 10


def test_causal_attention_has_one_step_for_each_length(program_of, drawn):
    w = [drawn.parameters(3, 4, seed=seed) for seed in range(3)]
    program = program_of(lambda x: total([y.tanh() for y in attention(*w, x, causal=True)]), drawn.rows(3, 5, 4))
    assert shapes(program, only(program, "matmul")) == ("9×4", "B×5×4", "B×5×9")
    assert kinds(program).count("exp_of_difference") == 5
    assert kinds(program).count("maximum") == 5
    assert "gather" not in all_kinds(program)
    assert "scatter-add" not in all_kinds(program)
    assert all_kinds(program).count("less_largest'") >= 4


# --------------------------------------------------------------------------------------- softmax, norms, means


def gathers(program):
    return [step for step in (*program.steps, *program.adjoints) if isinstance(step.kind, (Gather, Scatter))]


def test_softmax_is_elementwise_over_views(program_of, drawn):
    g = drawn.parameters(5)
    program = program_of(lambda x: dot(g, [p**3 for p in softmax(x)]), drawn.rows(4, 5))
    assert kinds(program) == ["maximum", "exp_of_difference", "sum", "div", "pow", "dot"]
    assert not gathers(program)


def test_softmax_of_a_layer_passes_its_gradient_over_views(program_of, drawn):
    w = drawn.parameters(5, 4)
    program = program_of(lambda x: softmax([dot(row, x) for row in w])[2].log(), drawn.rows(4, 4))
    assert not gathers(program)


def layer_norm(g, b, x):
    mean = total(x) / len(x)
    centred = [x_i - mean for x_i in x]
    deviation = sqrt(total([c * c for c in centred]) / len(x) + 1e-5)
    return [g_i * c / deviation + b_i for g_i, c, b_i in zip(g, centred, b, strict=True)]


def rms_norm(g, b, x):
    size = sqrt(total([x_i * x_i for x_i in x]) / len(x) + 1e-5)
    return [g_i * x_i / size for g_i, x_i in zip(g, x, strict=True)]


@pytest.mark.parametrize("norm", [layer_norm, rms_norm])
def test_a_norm_is_elementwise_over_views(program_of, drawn, norm):
    g, b, w = drawn.parameters(5), drawn.parameters(5, seed=1), drawn.parameters(5, 4)
    program = program_of(lambda x: total([y**3 for y in norm(g, b, [dot(row, x) for row in w])]), drawn.rows(4, 4))
    assert not gathers(program)
    assert kinds(program).count("sqrt") == 1
    assert shapes(program, only(program, "matmul")) == ("5×4", "B×4", "B×5")
    assert len([step for step in program.steps if isinstance(step.kind, Contract)]) == (4 if norm is layer_norm else 3)


def test_norms_of_several_tokens_are_the_same_steps(program_of, drawn):
    g, b = drawn.parameters(4), drawn.parameters(4, seed=1)

    def f(tokens):
        return total([y**3 for x in tokens for y in layer_norm(g, b, x)])

    one, several = program_of(f, drawn.rows(3, 1, 4)), program_of(f, drawn.rows(3, 5, 4))
    assert kinds(several) == kinds(one)
    assert not gathers(several)


def test_a_mean_over_neurons_is_one_sum(program_of, drawn):
    w = drawn.parameters(4, 3)
    program = program_of(lambda x: total([dot(row, x).tanh() for row in w]) / 4, drawn.rows(5, 3))
    assert kinds(program)[:3] == ["matmul", "tanh", "sum"]


# ---------------------------------------------------------------------------------------------- embeddings


def test_an_embedding_is_a_take_without_an_array_of_the_vocabulary_for_each_row(program_of, drawn):
    table = drawn.parameters(30, 4)

    def f(tokens):
        return total([take([row[d] for row in table], token).tanh() for token in tokens for d in range(4)])

    program = program_of(f, drawn.choices(30, 6, 3))
    taken = only(program, "take")
    assert isinstance(taken.kind, Take)
    assert taken.kind.table.shape == (12, 30)
    assert taken.operands[1] == program.whole(program.parameters)
    sizes = [program.size[step.out.value] for step in (*program.steps, *program.adjoints) if step.space]
    assert max(sizes) == 12
    assert program.size[program.parameters] == 120


# ------------------------------------------------------------------------------------ once for all the rows


def test_penalties_are_computed_once_per_call(program_of, drawn):
    w = drawn.parameters(4, 3)

    def f(x):
        weights = [w_ij for row in w for w_ij in row]
        fit = total([dot(row, x).tanh() for row in w])
        return fit + 0.1 * total([abs(v) for v in weights]) + 0.01 * total([v * v for v in weights])

    program = program_of(f, drawn.rows(5, 3))
    assert not only(program, "abs").space
    squares = only(program, "dot")
    assert not squares.space
    assert squares.scalars == 12 + 11
    assert "B" not in " ".join(shapes(program, squares))
    partials = [step for step in program.adjoints if isinstance(step.kind, Partial) and step.kind.rule.name == "abs"]
    assert [step.space for step in partials] == [Space.CALL]


# ---------------------------------------------------------------------------------- models of the sciences


def test_polynomial_features_are_elementwise_over_all_inputs(program_of, drawn):
    c = drawn.parameters(3, 4)

    def f(x, y):
        return (total([c_ij * x_i**j for row, x_i in zip(c, x, strict=True) for j, c_ij in enumerate(row)]) - y) ** 2

    program = program_of(f, drawn.rows(5, 3), drawn.rows(5))
    powers = [step for step in program.steps if step.kind.name == "pow"]
    assert [program.dimensions(step.out) for step in powers] == ["B×3"] * 3  # x⁰, x¹, x³; x² is a product
    assert len(program.steps) < 15


def test_the_likelihood_of_a_gaussian_mixture(program_of, drawn):
    means, spreads, weights = drawn.parameters(3, 2), drawn.parameters(3, 2, seed=1), drawn.parameters(3)

    def f(x):
        norm = logsumexp(weights)
        densities = [
            w - norm + total([-0.5 * ((x_i - m) / exp(s)) ** 2 - s for x_i, m, s in zip(x, mean, spread, strict=True)])
            for w, mean, spread in zip(weights, means, spreads, strict=True)
        ]
        return -logsumexp(densities)

    program = program_of(f, drawn.rows(5, 2))
    assert not gathers(program)
    assert not only(program, "exp").space
    assert program.dimensions(only(program, "div").out) == "B×2×3"
    assert len(program.steps) == 10


@pytest.mark.parametrize("coupled", [False, True], ids=["one body", "a chain"])
def test_a_simulation_grows_by_the_same_steps_at_every_time(program_of, drawn, coupled):
    stiffness, friction = drawn.parameters(2)

    def simulation(times):
        def f(x, v):
            x, v = (list(x), list(v)) if coupled else ([x], [v])
            for _ in range(times):
                left, right = [x[-1], *x[:-1]], [*x[1:], x[0]]
                pull = [a - 2.0 * b + c for a, b, c in zip(left, x, right, strict=True)] if coupled else [-x[0]]
                v = [v_i + 0.1 * (stiffness * p - friction * v_i) for v_i, p in zip(v, pull, strict=True)]
                x = [x_i + 0.1 * v_i for x_i, v_i in zip(x, v, strict=True)]
            return total([x_i * x_i for x_i in x])

        return f

    data = [drawn.rows(3, 6, seed=seed) if coupled else drawn.rows(3, seed=seed) for seed in (0, 1)]
    counts = [
        (len(program.steps), len(program.adjoints), program.classes)
        for program in (program_of(simulation(times), *data) for times in (2, 4, 6))
    ]
    growth = [np.subtract(other, one).tolist() for one, other in pairwise(counts)]
    assert growth[0] == growth[1]
    assert growth[0][2] <= 2 * 10  # the classes of two time steps


def test_explain_names_the_products_and_counts_the_scalars(drawn):
    w = drawn.parameters(4, 3)
    compiled = compile(lambda x: total([dot(row, x).tanh() for row in w]))
    compiled.backward(drawn.rows(5, 3))
    lines = compiled.explain(rows=10).splitlines()
    assert lines[1] == "26 scalar nodes -> 5 classes -> 3 array operations forward, 4 backward"
    assert lines[4].split()[0] == "matmul"
    assert lines[4].split()[-4:] == ["240", "flop", "20", "scalars"]
