"""`python -m autograd` says what the package is, and which build of it runs."""

from pathlib import Path

import autograd

BUILD = (
    "is compiled"
    if autograd.is_compiled()
    else "runs as plain Python; installed where there is a C compiler, it is many times faster"
)
print(f"""\
autograd {autograd.__version__}, of glassgrad, in {Path(autograd.__file__).parent}
{autograd.__doc__}
The engine {BUILD}.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> x.grad
    6.0

With it, nn trains models, and viz draws graphs; on the command line: glassgrad --help""")
