"""`graphviz.Digraph`, which users of Graphviz know; or, where it is not installed, a plain one with the same source."""

try:
    from graphviz import CalledProcessError, Digraph, ExecutableNotFound, escape, nohtml, view
except ModuleNotFoundError:
    from .plain import CalledProcessError, Digraph, ExecutableNotFound, escape, nohtml, view

__all__ = ["CalledProcessError", "Digraph", "ExecutableNotFound", "escape", "nohtml", "view"]
