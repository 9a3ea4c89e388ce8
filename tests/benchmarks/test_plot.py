"""The picture of the ratios, which is drawn from the text of the results."""

from benchmarks.plot import draw, ratios

TEXT = """# Results

## A random graph

Some words.

| | preparing | a call | times ddx's | smallest … largest | memory |
|---|---:|---:|---:|---:|---:|
| **1,000 operations, 1 row** | | | | | |
| glassgrad, compiled | 189.70 ms | 2.31 ms | 1,222.47 | 222.47 … 222.47 | 12 MiB |
| glassgrad, eager |  | 448.4 µs | 43.20 | 43.20 … 43.20 | 1 MiB |
| ddx, interpreter | 1.87 ms | 10.4 µs | 1.00 | 1.00 … 1.00 | 1 MiB |
| **1,000 operations, 100 rows** | | | | | |
| CasADi | 1.87 ms | 10.4 µs |  |  | 1 MiB |

## Another section

| **1 row** | | | | | |
| ddx | | | 7.00 | | |
"""


def test_ratios_are_read_from_the_table_of_a_section():
    cases = ratios(TEXT, "A random graph")
    assert cases == {
        "1,000 operations, 1 row": {"glassgrad, compiled": 1222.47, "glassgrad, eager": 43.2, "ddx, interpreter": 1.0},
        "1,000 operations, 100 rows": {},
    }
    assert ratios(TEXT, "A damped pendulum") == {}


def test_there_is_no_picture_without_ratios(tmp_path):
    draw("# Results\n", tmp_path / "results.png")
    assert not list(tmp_path.iterdir())


def test_the_picture_is_written(tmp_path):
    draw(TEXT, tmp_path / "results.png")
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
