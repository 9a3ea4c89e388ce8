"""A list less its largest number, backward."""

from ...kinds import LessLargestAdjoint
from ...program import Step
from .products import write_sum_over
from .writer import Ref, Writer


def write_less_largest_adjoint(writer: Writer, step: Step, kind: LessLargestAdjoint, out: Ref) -> None:
    """Lines that take Σ dy, shared by those that are the largest, from dy."""
    lists, largest, dy = map(writer.ref, step.views)
    along = dy.like.ndim - 1
    hit, flow = writer.temporary(dy.like.shape, bool), writer.temporary(dy.like.shape)
    total, ties = writer.temporary(largest.like.shape), writer.temporary(largest.like.shape)
    writer.call("equal", lists.text, _spread(writer, largest), hit.text)
    write_sum_over(writer, dy, (along,), total)
    writer.call("copyto", flow.text, hit.text)
    write_sum_over(writer, flow, (along,), ties)
    writer.call("divide", total.text, ties.text, total.text)
    writer.call("multiply", hit.text, _spread(writer, total), flow.text)
    writer.call("subtract", dy.text, flow.text, out.text)
    for each in (hit, flow, total, ties):
        writer.free(each)


def _spread(writer: Writer, ref: Ref) -> str:
    """The name of a view with one axis more, the last."""
    return writer.name(ref.like[..., None])
