"""What files say of themselves: which format is read, and what is said of every other one."""

import pytest

from nn.support.descriptions import check_format


@pytest.mark.parametrize(
    "content", [{}, {"format": None}, {"format": "2"}, {"format": True}, {"format": 2.0}, [2], None]
)
def test_what_says_no_format_is_refused_in_words(content):
    with pytest.raises(ValueError, match=r"^it says no format$"):
        check_format(content, 2, "train it again")


def test_another_format_is_refused_with_what_to_do():
    check_format({"format": 2}, 2, "train it again")
    with pytest.raises(ValueError, match=r"^format 1, expected 2: train it again$"):
        check_format({"format": 1}, 2, "train it again")
    with pytest.raises(ValueError, match=r"^format 3, expected 2: a later version of glassgrad has written it"):
        check_format({"format": 3}, 2, "train it again")
