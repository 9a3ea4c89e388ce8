"""Where the operations of lists are held against the exact results: far apart, nearly equal, with ties, dominated."""

from collections.abc import Callable

from .points import Points

SHARES = {2: 0.45, 3: 0.35, 10: 0.18, 100: 0.02}  # of the points, for each number of members


def of_numbers(points: Points, count: int) -> list[float]:
    """Of all magnitudes, sometimes of one, sometimes with ties and opposites."""
    way = points.random.random()
    if way < 0.4:
        numbers = [points.number() for _ in range(count)]
    elif way < 0.7:
        numbers = [points.moderate() for _ in range(count)]
    else:
        size = points.magnitude()
        numbers = [points.rounded(points.moderate() * size) or size for _ in range(count)]
    if points.random.random() < 0.3:
        numbers[-1] = points.random.choice((1.0, -1.0)) * numbers[0]
    return numbers


def of_logits(points: Points, count: int) -> list[float]:
    """Around a common number, with differences of all magnitudes; the first may be the largest, or far below."""
    random = points.random
    if random.random() < 0.15:
        return of_numbers(points, count)
    base = random.choice([0.0, 0.0, points.moderate(), 100.0 * points.moderate(), points.number()])
    way = random.random()
    width = random.choice([1e-9, 1.0, 5.0, 40.0, 400.0])
    numbers = [points.rounded(base + random.uniform(-width, width)) for _ in range(count)]
    if way < 0.4:  # one dominates
        top = random.randrange(count) if random.random() < 0.5 else 0
        numbers[top] = points.rounded(max(numbers) + points.magnitude(-20, 10))
    if random.random() < 0.2:
        numbers[-1] = max(numbers)
    if random.random() < 0.1:
        numbers[random.randrange(count)] = points.magnitude(-60, 0) * points.sign()
    return numbers


def of_logits_below(points: Points, count: int) -> list[float]:
    """The largest is 0."""
    numbers = of_logits(points, count)
    largest = max(numbers)
    return [points.rounded(number - largest) for number in numbers]


def of_pairs(name: str, points: Points, count: int) -> list[float]:
    """Predictions, then targets; sums of their squares do not overflow."""
    random = points.random
    if name == "hinge_loss":
        targets = [points.sign() for _ in range(count)]
        return [
            t * points.near(1.0) if random.random() < 0.3 else points.rounded(points.number() / count) for t in targets
        ] + targets
    most = (points.high - 20) / (2 if name != "l1_loss" else 1)
    size = points.magnitude(-most, most - 10) if random.random() < 0.5 else 1.0
    predictions = [points.rounded(points.moderate() * size) for _ in range(count)]
    targets = [
        points.near(p) if random.random() < 0.2 else points.rounded(points.moderate() * size) for p in predictions
    ]
    if name == "huber_loss" and random.random() < 0.3:
        targets[0] = points.rounded(predictions[0] + points.near(1.0))
    return predictions + targets


def of_probability(points: Points) -> float:
    """Normal in float32, too, where the losses have a bound; near 0, near 1, and between."""
    way = points.random.random()
    if way < 0.4:
        return points.magnitude(-125, -1)
    if way < 0.7:
        return min(points.rounded(1.0 - points.magnitude(-points.bits, -1)), points.rounded(1.0 - 2.0**-points.bits))
    return points.rounded(points.random.uniform(0.001, 0.999))


def of_target(points: Points) -> float:
    return points.random.choice([0.0, 1.0, points.rounded(points.random.random())])


def of_choice(points: Points, count: int) -> list[float]:
    return [float(points.random.randrange(count)), *of_numbers(points, count)]


LISTS: dict[str, Callable[[Points, int], list[float]]] = {
    "_total": of_numbers, "maximum": of_numbers, "minimum": of_numbers, "take": of_choice, "_finished": of_choice,
    "dot": lambda points, count: of_numbers(points, count) + of_numbers(points, count),
    "_logsumexp_below": of_logits_below,
    "logsumexp": of_logits, "softmax": of_logits, "log_softmax": of_logits, "cross_entropy": of_logits,
    "categorical_cross_entropy": lambda points, count: [of_probability(points) for _ in range(count)],
    **{
        name: lambda points, count, name=name: of_pairs(name, points, count)
        for name in ("mse_loss", "sse_loss", "l1_loss", "huber_loss", "hinge_loss")
    },
}  # fmt: skip
OTHERS: dict[str, Callable[[Points], list[float]]] = {
    "where": lambda points: [points.random.choice([0.0, 1.0, points.number()]), points.number(), points.number()],
    "binary_cross_entropy": lambda points: [of_probability(points), of_target(points)],
    "binary_cross_entropy_with_logits": lambda points: [points.number(), of_target(points)],
}
