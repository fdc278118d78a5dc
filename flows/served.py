"""What `calcinosis serve` starts for a run: the refresh, in a process that ends with the one that serves."""

from __future__ import annotations

from flows.orchestration import end_with_parent
from flows.refresh import refresh_registry

__all__ = ["refresh_registry"]

end_with_parent()
