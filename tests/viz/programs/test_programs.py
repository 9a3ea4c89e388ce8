"""The picture of a compiled program: one box for each array operation."""

import re
import subprocess
import sys
from itertools import pairwise
from random import Random

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.compiler.program import Program
from tests.viz.conftest import needs_dot, texts
from viz import draw
from viz.graph.layout import svg
from viz.graph.visible import Fold, visible_part
from viz.programs import Box, Boxes

NASTY = ["<script>", '"]; a', "a|{b}", "back\\slash\\n", "\\N", "<b>x</b>", "&lt;", '"', "ends in \\", "ünï ∂ 日本"]


@pytest.fixture(scope="module")
def classifier() -> Program:
    model = nn.MLP(20, [16, 10], seed=0)
    loss = autograd.compile(lambda x, y: nn.cross_entropy(model(x), y))
    loss.backward(np.random.default_rng(0).random((8, 20)), np.arange(8))
    return loss.program


def program_of(f, *rows) -> Program:
    compiled = autograd.compile(f)
    compiled(*rows)
    return compiled.program


def weights(rows: int, columns: int) -> list[list[Value]]:
    return [[Value(0.1 * (i + 1) + j) for j in range(columns)] for i in range(rows)]


def linear(w, x):
    return [autograd.dot(row, x) for row in w]


def unrolled(steps: int):
    """A function that goes so many times through one layer, with one of three nonlinearities: it is no loop."""
    w = weights(3, 3)
    names = Random(0).choices(["tanh", "sin", "sigmoid"], k=steps)

    def f(x):
        for number, name in enumerate(names):
            with autograd.scope(f"time {number}"):
                x = [getattr(each, name)() for each in linear(w, x)]
        return x[0]

    return f


def boxes(program: Program, backward: bool = False) -> list[Box]:
    return list(Boxes(program, backward).homes)


def labels(program: Program, backward: bool = False) -> list[str]:
    return [box.label for box in boxes(program, backward)]


def box(program: Program, words: str, backward: bool = False) -> Box:
    """The only box whose label starts with the words."""
    (found,) = [each for each in boxes(program, backward) if each.label.startswith(words)]
    return found


def home(program: Program, words: str, backward: bool = False) -> list[str]:
    """The names of the module calls around the only box whose label starts with the words, innermost first."""
    graph = Boxes(program, backward)
    (call,) = [call for each, call in graph.homes.items() if each.label.startswith(words)]
    names = []
    while call:
        names.append(call.name)
        call = call.outer
    return names


# ------------------------------------------------------------------------------------------------- what it shows


def test_a_layer_is_one_matrix_product(classifier):
    assert "matmul\nB×16\n624 scalars" in labels(classifier)


def test_there_is_a_box_for_each_array_operation(classifier):
    assert [each.step for each in boxes(classifier) if each.step] == list(classifier.steps)


def test_a_matrix_product_reads_parameters_and_input(classifier):
    parents = box(classifier, "matmul\nB×16").parents
    assert [each.label for each in parents] == ["parameters\n16×20", "input 0\nB×20"]


def test_every_box_stands_after_those_that_it_reads(classifier):
    order = boxes(classifier, backward=True)
    assert all(order.index(parent) < order.index(each) for each in order for parent in each.parents)


def test_the_output_is_marked(classifier):
    assert [each.label for each in box(classifier, "output\nB").parents] == ["subtract\nB\n1 scalar"]


def test_a_tuple_has_an_output_for_each_array():
    program = program_of(lambda x: (sum(x), [each.exp() for each in x]), np.ones((2, 3)))
    assert [label for label in labels(program) if label.startswith("output")] == ["output\nB", "output\nB×3"]


def test_a_constant_output_is_its_number():
    program = program_of(lambda x: [x, 2.0], np.ones(2))
    outputs = [each for each in boxes(program) if each.label.startswith("output")]
    assert [[parent.label for parent in each.parents] for each in outputs] == [["input 0\nB"], ["2"]]


def test_a_plain_number_is_shown():
    assert "0.5" in labels(program_of(lambda x: x * 0.5, np.ones(2)))


def test_the_softmax_of_a_classifier_is_shown_operation_by_operation():
    w = weights(10, 20)
    program = program_of(lambda x: autograd.softmax(linear(w, x)), np.ones((2, 20)))
    words = [label.split("\n")[0] for label in labels(program)]
    assert {"matmul", "maximum", "exp_of_difference", "sum", "div"} <= set(words)


def test_a_layer_shared_over_time_is_one_matrix_product_of_all_its_calls():
    w = weights(4, 3)
    program = program_of(lambda xs: [linear(w, x) for x in xs], np.ones((2, 5, 3)))
    assert [each for each in labels(program) if each.startswith("matmul")] == ["matmul\nB×5×4\n100 scalars"]


def test_parameters_that_are_read_twice_are_one_box():
    w = weights(3, 3)
    program = program_of(lambda x: linear(w, [each.exp() for each in linear(w, x)]), np.ones((2, 3)))
    assert labels(program).count("parameters\n3×3") == 1


def test_what_is_repeated_is_no_part_of_the_shape():
    b = [Value(1.0) for _ in range(3)]
    program = program_of(lambda xs: [[u + v for u, v in zip(x, b, strict=True)] for x in xs], np.ones((2, 5, 3)))
    assert "parameters\n3" in labels(program)


def test_a_step_reads_only_from_those_who_computed_its_numbers():
    program = program_of(lambda x: sum(a * b for a, b in pairwise(x)), np.ones((2, 4)))
    assert all(each.parents for each in boxes(program) if each.step)


def test_the_caption_counts_scalars_and_operations(classifier):
    caption = f"{classifier.scalars:,} scalar nodes of one row → {len(classifier.steps)} array operations on B rows"
    assert caption in texts(svg(draw(classifier).source))


def test_tooltips_give_the_line_of_the_program_the_shapes_and_the_work(classifier):
    assert box(classifier, "matmul\nB×16").tooltip.split("\n") == [
        "t1 = matmul(p, x0)", "(16×20) (B×20) → (B×16)", "640 floating-point operations for each row",
        "MLP / layer 1"]  # fmt: skip


def test_the_product_with_the_most_work_has_the_strongest_colour(classifier):
    colours = dict(re.findall(r'label="(matmul\\nB×\d+).*?fillcolor="(#\w+)"', draw(classifier).source))
    assert colours["matmul\\nB×16"] == "#6ea5e1"
    assert colours["matmul\\nB×10"] != "#6ea5e1"


def test_one_operation_is_not_several():
    assert "1 scalar node of" not in draw(program_of(lambda x: x.exp(), np.ones(2))).source
    assert "→ 1 array operation on B rows" in draw(program_of(lambda x: x.exp(), np.ones(2))).source


# ---------------------------------------------------------------------------------------------------- the gradient


def test_the_backward_pass_is_left_out(classifier):
    assert "relu'" not in draw(classifier).source


def test_the_backward_pass_is_shown_on_request(classifier):
    steps = [each.step for each in boxes(classifier, backward=True) if each.step]
    assert steps == [
        *classifier.steps,
        *classifier.adjoints[:-1],
    ]  # the last is the gradient, of which the parts are shown


def test_the_backward_pass_has_a_frame_of_its_own(classifier):
    assert home(classifier, "relu'", backward=True) == ["layer 1", "MLP", "backward"]


def test_gradients_flow_back_in_dashed_lines(classifier):
    assert re.search(r"dir=back .*style=dashed", draw(classifier, backward=True).source)


def test_gradients_of_parameters_are_marked(classifier):
    assert "matmul\n16×20\ngradient of parameters" in labels(classifier, backward=True)


def test_parameters_stay_with_the_layer_that_uses_them(classifier):
    assert home(classifier, "parameters\n10×16", backward=True) == ["layer 2", "MLP"]


def test_what_several_steps_contribute_to_is_assembled_of_them(classifier):
    assert [each.label for each in box(classifier, "take'", backward=True).parents] == ["input 1\nB", "negative\nB"]
    assembled = [each for each in boxes(classifier, backward=True) if each.label.startswith("assemble")]
    assert [[parent.label for parent in each.parents] for each in assembled] == [
        ["logsumexp_below'\nB×10", "take'\nB×10"],
    ]


def test_a_gradient_in_parts_is_no_box_of_its_own(classifier):
    roots = [each for each in boxes(classifier, backward=True) if each.label.endswith("gradient of parameters")]
    assert len(roots) == 4
    assert not any(each.step.out.value == classifier.gradient for each in roots)


def test_the_backward_pass_of_a_take_and_a_gather_can_be_drawn():
    table = weights(4, 3)
    f = autograd.compile(
        lambda i, x: autograd.dot([autograd.take([r[k] for r in table], i) for k in range(3)], x[::-1])
    )
    f.backward(np.arange(3), np.ones((3, 3)))
    assert svg(draw(f, backward=True).source).startswith(b"<?xml")


# ------------------------------------------------------------------------------------------------ boxes and folding


def test_a_frame_for_each_module_call(classifier):
    frames = re.findall(r'label="?([\w ]+?)"? labeljust', draw(classifier).source)
    assert frames == ["MLP", "layer 1", "layer 2", "cross_entropy"]


def test_a_step_is_in_the_frame_of_its_module(classifier):
    assert home(classifier, "relu") == ["layer 1", "MLP"]


def test_parameters_are_in_the_frame_of_their_only_user(classifier):
    assert home(classifier, "parameters\n16×20") == ["layer 1", "MLP"]


def test_inputs_are_outside_of_all_frames(classifier):
    assert home(classifier, "input 0") == []


def test_what_is_gathered_for_a_module_is_in_its_frame():
    w = weights(3, 3)

    def f(x):
        with autograd.scope("layer"):
            return linear(w, [x[2], x[0], x[1]][::-1])

    program = program_of(f, np.ones((2, 3)))
    assert all(home(program, label) == ["layer"] for label in labels(program) if label.startswith("gather"))


def test_modules_are_folded_where_there_are_too_many_boxes(classifier):
    source = draw(classifier, max_nodes=14).source
    assert "layer 1\\n3 operations\\n656 scalars" in source
    assert "layer 2\\n2 operations\\n320 scalars" in source


def test_what_is_left_out_of_a_long_program_is_counted():
    program = program_of(unrolled(50), np.ones((2, 3)))
    graph = Boxes(program, False)
    view = visible_part(list(graph.homes), dict.fromkeys(graph.homes), graph.roots, 10)
    (rest,) = [each for each in view.elements if isinstance(each, Fold)]
    assert sum(each.step is not None for each in rest.nodes) + sum(
        isinstance(each, Box) and each.step is not None for each in view.elements
    ) == len(program.steps)


def test_the_part_nearest_to_the_output_is_shown():
    source = draw(program_of(unrolled(200), np.ones((2, 3))), max_nodes=10).source
    assert "output" in source
    assert re.search(r"… 38\d more operations", source)


def test_a_folded_backward_pass_is_one_box(classifier):
    source = draw(classifier, backward=True, max_nodes=12).source
    assert f"backward\\n{len(classifier.adjoints) - 1} operations" in source


def test_parameters_with_many_readers_stand_there_several_times():
    program = program_of(unrolled(25), np.ones((2, 3)))
    assert labels(program).count("parameters\n3×3") == 3


def test_a_long_program_with_its_gradient_can_be_laid_out():  # with all of its arrows this takes minutes
    f = autograd.compile(unrolled(400))
    f.backward(np.ones((2, 3)))
    assert svg(draw(f, backward=True, max_nodes=500).source).startswith(b"<?xml")


def test_a_long_program_can_be_laid_out():
    assert svg(draw(program_of(unrolled(120), np.ones((2, 3)))).source).startswith(b"<?xml")


@pytest.mark.parametrize("name", NASTY)
def test_the_name_of_a_module_is_shown_as_text(name):
    def f(x):
        with autograd.scope(name):
            return x.exp()

    assert name in texts(svg(draw(program_of(f, np.ones(2))).source))


@needs_dot
@pytest.mark.parametrize("name", NASTY)
def test_the_name_of_a_module_is_shown_as_text_by_dot(name):
    def f(x):
        with autograd.scope(name):
            return x.exp()

    assert name in texts(draw(program_of(f, np.ones(2))).pipe())


# -------------------------------------------------------------------------------------------- what can be drawn


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_all_directions(classifier, direction):
    assert f"rankdir={direction}" in draw(classifier, direction=direction).source


def test_a_compiled_function_shows_the_program_of_its_latest_call():
    f = autograd.compile(sum)
    f(np.ones((2, 3)))
    f(np.ones((2, 4)))
    assert "B×4" in draw(f).source


def test_a_program_of_no_arguments_can_be_drawn():
    w = Value(2.0)
    f = autograd.compile(w.exp)
    f.backward()
    assert "parameter" in draw(f, backward=True).source
    assert '"2 scalar nodes → 1 array operation"' in draw(f).source


@pytest.mark.usefixtures("without_dot")
def test_it_is_written_without_dot(classifier, tmp_path):
    assert "relu" in texts(draw(classifier).write(tmp_path / "program.svg").read_bytes())


@pytest.mark.usefixtures("without_dot")
def test_a_notebook_shows_it_without_dot(classifier):
    assert "<svg" in draw(classifier)._repr_mimebundle_()[0]["image/svg+xml"]


def test_the_same_program_gives_the_same_picture(classifier):
    assert draw(classifier, backward=True).source == draw(classifier, backward=True).source


def test_drawing_changes_nothing(classifier):
    before = str(classifier)
    draw(classifier, backward=True, max_nodes=5)
    assert str(classifier) == before


def test_before_its_first_call_there_is_no_program():
    with pytest.raises(RuntimeError, match="call it once with data"):
        draw(autograd.compile(lambda x: x))


@pytest.mark.parametrize("root", [[], "program", np.float64(1.0), autograd.compile, lambda x: x])
def test_something_else_is_refused(root):
    with pytest.raises((TypeError, ValueError), match=r"a compiled program|empty"):
        draw(root)


@pytest.mark.parametrize("options", [{"direction": "left"}, {"max_nodes": 0}])
def test_a_wrong_option_is_refused(classifier, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        draw(classifier, **options)


def test_backward_is_for_programs():
    with pytest.raises(ValueError, match="backward=True is for a program"):
        draw(Value(1.0), backward=True)


def test_drawing_a_value_imports_no_numpy():
    code = "import sys, viz, autograd; viz.draw(autograd.Value(1.0)); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
