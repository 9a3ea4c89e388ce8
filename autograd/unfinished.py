"""What is raised where a rule has no result: an index outside of its list, a loop that is not done."""


class UnfinishedError(RuntimeError):
    """The condition of a `while_loop` still holds after as many turns as it may take; the message says how many.

    Of a compiled function it names the row.
    """


NO_RESULT = IndexError, UnfinishedError


def refused(index: float, choices: int, *row: int) -> Exception:
    """The error for an index that is no whole number from 0 to choices - 1.

    Args:
        choices: not above 0 for the turns of a loop, which are 0 where it is done.
        row: the second argument of the error, where it is known.
    """
    if choices > 0:
        return IndexError(f"take: the index must be a whole number from 0 to {choices - 1}, got {index:g}", *row)
    return UnfinishedError(f"while_loop: the condition still holds after most={index:.0f} turns", *row)
