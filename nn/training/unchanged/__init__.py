"""Is a compiled program still what model and loss do? By what they consist of, or by looking what a call changes."""

from .own import Own, is_own
from .snapshot import Snapshot

__all__ = ["Own", "Snapshot", "is_own"]
