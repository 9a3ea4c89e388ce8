"""Programs with loops that Python unrolls, of any number of turns: each is a function of the turns, and gives one of a
row and the shapes of its arguments. With it stand the loops that are found in it for 40 turns, as (period, core).

Every one has parameters, whose gradients are compared.
"""

from random import Random

from autograd import Value, grad, maximum, minimum, where

PROGRAMS = {}


def program(*loops):
    """Enter a program, with its loops."""

    def enter(make):
        PROGRAMS[make.__name__] = make, list(loops)
        return make

    return enter


def values(count, seed=0, low=0.2, high=0.9):
    draw = Random(seed).uniform
    return [Value(draw(low, high)) for _ in range(count)]


def matrix(rows, columns, seed=0):
    draw = Random(seed).uniform
    return [[Value(draw(-0.5, 0.5)) for _ in range(columns)] for _ in range(rows)]


def descent(p, rate):
    """Gradient descent, whose steps are made of derivatives."""

    def f(x):
        for _ in range(20):
            x = x - rate * grad(lambda z: (z * p).sin() + z * z)(x)
        return x

    return f


@program((8, 7))
def pendulum(turns):
    [damping] = values(1)

    def f(angle):
        speed = angle * 0.0
        for _ in range(turns):
            speed = speed + 0.01 * (-damping * speed - angle.sin())
            angle = angle + 0.01 * speed
        return angle * angle

    return f, [()]


@program((3, 3))
def logistic_map(turns):
    [rate] = values(1)

    def f(x):
        for _ in range(turns):
            x = (rate * x) * (1.0 - x)
        return x

    return f, [()]


@program((2, 1))
def running_maximum(turns):
    [scale] = values(1)

    def f(xs):
        most = scale * xs[0]
        for x in xs[1:]:
            most = maximum(most, scale * x)
        return most

    return f, [(turns + 1,)]


@program((61, 58))
def lotka_volterra(turns):
    a, b, c, d = values(4)

    def slopes(x, y):
        return a * x - b * x * y, c * x * y - d * y

    def f(state, data):
        (x, y), h, loss = state, 0.1, 0.0
        for t in range(turns):
            k1 = slopes(x, y)
            k2 = slopes(x + h / 2 * k1[0], y + h / 2 * k1[1])
            k3 = slopes(x + h / 2 * k2[0], y + h / 2 * k2[1])
            k4 = slopes(x + h * k3[0], y + h * k3[1])
            x = x + h / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
            y = y + h / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
            loss = loss + (x - data[t]) ** 2
        return loss

    return f, [(2,), (turns,)]


@program((11, 4))
def filter_with_two_delays(turns):
    c = values(5, high=0.4)

    def f(xs):
        y1 = y2 = 0.0
        loss = 0.0
        for n in range(2, turns + 2):
            y = c[0] * xs[n] + c[1] * xs[n - 1] + c[2] * xs[n - 2] - c[3] * y1 - c[4] * y2
            y2, y1 = y1, y
            loss = loss + y * y
        return loss

    return f, [(turns + 2,)]


@program((6, 6))
def delay_equation(turns):
    rate, first = values(2)

    def f(x):
        h = [x + first * (0.1 * i) for i in range(4)]
        for _ in range(turns):
            h.append(h[-1] + 0.1 * (rate * h[-4].sin() - 0.2 * h[-1]))
        return h[-1] * h[-1]

    return f, [()]


@program((13, 8))
def kalman_filter(turns):
    noise, drift = values(2)

    def f(ys):
        mean, variance, loss = ys[0], noise * 1.0, 0.0
        for y in ys[1:]:
            variance = variance + drift
            total, error = variance + noise, y - mean
            loss = loss + total.log() + error * error / total
            gain = variance / total
            mean, variance = mean + gain * error, (1.0 - gain) * variance
        return loss

    return f, [(turns + 1,)]


@program((68, 44))
def recurrent_network(turns):
    w, u, b = matrix(4, 4), matrix(4, 3, 1), values(4)

    def product(row, x):
        return sum(p * q for p, q in zip(row, x, strict=True))

    def f(xs):
        h = [0.0] * 4
        for x in xs:
            h = [(product(w[i], h) + product(u[i], x) + b[i]).tanh() for i in range(4)]
        return sum(h)

    return f, [(turns, 3)]


@program((72, 60))
def newton_in_time_steps(turns):
    [k] = values(1)

    def f(x):
        for _ in range(turns):
            y = x
            for _ in range(6):
                y = y - (y - x + 0.1 * k * y * y * y) / (1.0 + 0.3 * k * y * y)
            x = y
        return x

    return f, [()]


@program((2, 2), (3, 3))
def one_after_the_other(turns):
    [a] = values(1)

    def f(x):
        for _ in range(turns):
            x = (a * x).sin()
        for _ in range(turns):
            x = x * a + x.tanh()
        return x

    return f, [()]


@program((5, 5))
def side_by_side(turns):
    [a] = values(1)

    def f(x):
        y = x * 2.0
        for _ in range(turns):
            x = (a * x).sin()
            y = y * a + y.tanh()
        return x * y

    return f, [()]


@program((40, 40))
def heat(turns):
    [k] = values(1, high=0.3)

    def f(u):
        for _ in range(turns):
            u = [u[0]] + [u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1]) for i in range(1, 9)] + [u[-1]]
        return sum(v * v for v in u)

    return f, [(10,)]


@program((7, 6), (2, 2))
def tridiagonal_system(turns):
    [p] = values(1)

    def f(a, b, c, d):
        n = turns + 2
        upper, right = [p * c[0] / b[0]], [d[0] / b[0]]
        for i in range(1, n):
            pivot = b[i] - a[i] * upper[-1]
            upper.append(p * c[i] / pivot)
            right.append((d[i] - a[i] * right[-1]) / pivot)
        x = [right[-1]]
        for i in range(n - 2, -1, -1):
            x.append(right[i] - upper[i] * x[-1])
        return sum(v * v for v in x)

    return f, [(turns + 2,)] * 4


@program((54, 54))
def three_bodies(turns):
    [gravity] = values(1)

    def f(state):
        x, v = state[:3], state[3:]
        for _ in range(turns):
            forces = []
            for i in range(3):
                force = 0.0
                for j in range(3):
                    if i != j:
                        d = x[j] - x[i]
                        force = force + gravity * d / (d * d + 0.1) ** 1.5
                forces.append(force)
            v = [a + 0.01 * b for a, b in zip(v, forces, strict=True)]
            x = [a + 0.01 * b for a, b in zip(x, v, strict=True)]
        return x[0] * x[1]

    return f, [(6,)]


@program((48, 48))
def adam_by_hand(turns):
    [rate] = values(1, high=0.3)

    def f(w):
        m, s = [0.0] * 3, [0.0] * 3
        for t in range(1, turns + 1):
            g = [2.0 * a * (i + 1) for i, a in enumerate(w)]
            m = [0.9 * a + 0.1 * b for a, b in zip(m, g, strict=True)]
            s = [0.999 * a + 0.001 * b * b for a, b in zip(s, g, strict=True)]
            w = [
                a - rate * (b / (1 - 0.9**t)) / ((c / (1 - 0.999**t)).sqrt() + 1e-8)
                for a, b, c in zip(w, m, s, strict=True)
            ]
        return sum(w)

    return f, [(3,)]


@program((78, 78))
def deep_network(turns):
    weights = [matrix(6, 6, seed) for seed in range(turns)]

    def f(x):
        for w in weights:
            x = [sum(a * b for a, b in zip(row, x, strict=True)).tanh() for row in w]
        return sum(x)

    return f, [(6,)]


@program((80, 80))
def twenty_simulations(turns):
    [k] = values(1)

    def f(xs):
        for _ in range(turns):
            xs = [x + 0.1 * (k * x).sin() for x in xs]
        return sum(xs)

    return f, [(20,)]


@program((4, 4))
def trajectory(turns):
    [p] = values(1)

    def f(x, u):
        given = []
        for t in range(turns):
            x = x + p * (u[t] - x * x)
            if t % 10 == 9 or t == turns - 1:
                given.append(x)
        return given[-1] * p, given

    return f, [(), (turns,)]


@program((2, 2))
def parameter_of_some_turns(turns):
    p = values(2)

    def f(x):
        for t in range(turns):
            x = (x * p[0 if t < turns // 2 else 1]).sin()
        return x

    return f, [()]


@program((5, 4))
def branches(turns):
    p, q = values(2)

    def f(x):
        for _ in range(turns):
            x = where(x > 0.4, x * p, x + q * 0.3)
        return x

    return f, [()]


@program((4, 2))
def running_product(turns):
    [p] = values(1)

    def f(xs):
        product, least = p, p * 2.0
        for x in xs:
            product = product * (1.0 + 0.1 * x)
            least = minimum(least, product)
        return product + least

    return f, [(turns,)]
