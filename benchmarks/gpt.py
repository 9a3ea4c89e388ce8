"""A GPT as a learner would write it, in scalars: it knows nothing of its numbers than + - * / ** and relu.

One layer, without biases; the normalization is by the root of the mean square.
"""
# ruff: noqa: B905  zip as a learner writes it

WIDTH, HEADS, WINDOW = 16, 4, 12
EPS = 1e-5  # of the normalization


def shapes(letters):
    """Of each matrix of weights its rows and columns, in the order in which they are drawn."""
    square = (WIDTH, WIDTH)
    return {
        "token": (letters, WIDTH), "position": (WINDOW, WIDTH), "query": square, "key": square, "value": square,
        "mix": square, "widen": (4 * WIDTH, WIDTH), "narrow": (WIDTH, 4 * WIDTH), "head": (letters, WIDTH),
    }  # fmt: skip


def linear(w, x):
    return [sum(w_i * x_i for w_i, x_i in zip(row, x)) for row in w]


def add(x, y):
    return [x_i + y_i for x_i, y_i in zip(x, y)]


def rms_norm(x):
    scale = (sum(x_i * x_i for x_i in x) / len(x) + EPS) ** -0.5
    return [x_i * scale for x_i in x]


def attention(w, xs, softmax):
    """Each position looks at itself and at those before."""
    q, k, v = ([linear(w[name], x) for x in xs] for name in ("query", "key", "value"))
    size, outputs = WIDTH // HEADS, []
    for t in range(len(xs)):
        output = []
        for start in range(0, WIDTH, size):
            part = slice(start, start + size)
            scores = [sum(a * b for a, b in zip(q[t][part], k[s][part])) / size**0.5 for s in range(t + 1)]
            weights = softmax(scores)
            output += [sum(weight * v[s][i] for s, weight in enumerate(weights)) for i in range(start, start + size)]
        outputs.append(linear(w["mix"], output))
    return outputs


def gpt(w, tokens, softmax):
    """Of each position the logits of the next letter. Tokens are given by their rows of w["token"]."""
    xs = [add(token, position) for token, position in zip(tokens, w["position"])]
    xs = [add(x, y) for x, y in zip(xs, attention(w, [rms_norm(x) for x in xs], softmax))]
    hidden = [[h.relu() for h in linear(w["widen"], rms_norm(x))] for x in xs]
    xs = [add(x, linear(w["narrow"], h)) for x, h in zip(xs, hidden)]
    return [linear(w["head"], rms_norm(x)) for x in xs]
