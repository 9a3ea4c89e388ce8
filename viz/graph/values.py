"""The graph of an expression as a picture, with every number in it."""

from collections.abc import Sequence
from math import isfinite

from autograd import Value
from autograd.anomaly import edges, live_nodes
from autograd.operations import CONSTANT

from .colours import WRONG, WRONG_LINE, Scale, of_strength, written
from .digraph import Digraph
from .dot import LINE, draw_elements, escape, escape_field, escape_tooltip, new_picture, shorten
from .legend import gradient_legend
from .picture import Picture
from .visible import Edge, Element, Fold, visible


def draw_values(roots: Sequence[Value], direction: str, max_nodes: int, legend: bool = True) -> Picture:
    """The picture of the graph below `roots`; see `draw`."""
    view = visible(roots, max_nodes)
    names: dict[Element[Value], str] = {element: f"n{i}" for i, element in enumerate(view.elements)}
    gradients = [gradient for element in names for gradient in _gradients(element)]
    scale = Scale.of(gradients)

    def draw_element(box: Digraph, element: Element[Value]) -> None:
        if isinstance(element, Fold):
            _draw_fold(box, names[element], element, scale)
        elif element._operation is CONSTANT:
            _draw_constant(box, names[element], element)
        else:
            _draw_value(box, names[element], element, scale, direction, element in roots)

    picture = new_picture(direction, len(names))
    draw_elements(picture, view, draw_element)
    live = names.keys() & set(live_nodes(roots))
    ways = {(node, i) for node in live for i, _, _ in edges(node)}  # along which something flows back
    dashed = [_draw_edge(picture, names, edge, ways) for edge in view.edges]
    if legend:
        gradient_legend(picture, scale, any(dashed), not all(map(isfinite, gradients)))
    return picture


def _draw_value(box: Digraph, name: str, node: Value, scale: Scale, direction: str, is_root: bool) -> None:
    numbers = f"data {node.data:z.4g}\\lgrad {node.grad:z.4g}\\l"
    label = f"{escape_field(shorten(str(node.label)))}|{numbers}" if node.label else numbers
    wrong = not (isfinite(node.data) and isfinite(node.grad))
    box.node(
        name,
        label=label if direction in ("LR", "RL") else "{" + label + "}",  # records turn with the direction
        shape="record",
        fillcolor=_colour(node, scale),
        color=written(WRONG_LINE) if wrong else LINE,
        penwidth="2" if wrong or is_root else "1",
        tooltip=escape_tooltip(_tooltip(node)),
    )
    if node.parents:
        operation = f"{name}op"
        short = len(node.op) <= 2
        box.node(operation, label=escape(shorten(node.op)), shape="circle" if short else "ellipse", fillcolor="#e8e8e8",
                 margin="0" if short else "0.04,0.02", tooltip=escape_tooltip(node.op))  # fmt: skip
        box.edge(operation, name)


def _draw_constant(box: Digraph, name: str, node: Value) -> None:
    label = f"{node.data:.6g}"
    box.node(name, label=label, fillcolor="#f4f4f4", height="0.2", margin="0.05,0.02", tooltip=repr(node.data))


def _draw_fold(box: Digraph, name: str, fold: Fold[Value], scale: Scale) -> None:
    wrong = any(not isfinite(gradient) for gradient in _gradients(fold))
    box.node(
        name,
        label=escape("\n".join(shorten(line) for line in fold.label.split("\n"))),
        style="filled,rounded",
        fillcolor=_colour(fold, scale),
        color=written(WRONG_LINE) if wrong else LINE,
        peripheries="2",
        tooltip=escape_tooltip(f"{fold.label}\nlargest gradient {max(map(abs, _gradients(fold)), default=0.0)!r}"),
    )


def _draw_edge(
    picture: Picture, names: dict[Element[Value], str], edge: Edge[Value], ways: set[tuple[Element[Value], int]]
) -> bool:
    """Whether its line is dashed."""
    head, style = names[edge.head], None
    if edge.operand is None:
        label = f"×{edge.times:,}" if edge.times > 1 else None
        is_operation = isinstance(edge.head, Value)
        picture.edge(names[edge.tail], f"{head}op" if is_operation else head, label=label)
    elif isinstance(edge.head, Value):
        tooltip = f"local derivative {edge.head.partials[edge.operand]!r}"
        if (edge.head, edge.operand + 1) not in ways:
            tooltip, style = f"{tooltip}: nothing flows back here", "dashed"
        picture.edge(names[edge.tail], f"{head}op", tooltip=escape_tooltip(tooltip), style=style)
    return style is not None


def _gradients(element: Element[Value]) -> list[float]:
    """The gradients that matter in an element: all but those of plain numbers, such as an exponent."""
    values = element.nodes if isinstance(element, Fold) else [element]
    return [value.grad for value in values if value._operation is not CONSTANT]


def _colour(element: Element[Value], scale: Scale) -> str:
    """That of the largest gradient in it, which has a sign."""
    gradients = _gradients(element)
    if not all(map(isfinite, gradients)):
        return written(WRONG)
    return written(of_strength(scale.strength(max(gradients, key=abs, default=0.0))))


def _tooltip(node: Value) -> str:
    lines = [str(node.label)] if node.label else []
    lines += [f"data {node.data!r}", f"grad {node.grad!r}"]
    for operand, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True), 1):
        lines.append(f"∂/∂{shorten(str(parent.label)) or f'operand {operand}'} {partial!r}")
    return "\n".join(lines)
