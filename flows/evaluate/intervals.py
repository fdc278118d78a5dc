"""How sure a score is: Wilson intervals of shares, and bootstrap intervals of F1 over documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Interval = tuple[float, float]

_DRAWS = 2_000
_SEED = 20_150_254
_LEVEL = 0.95


def share(count: int, n: int) -> float | None:
    """count of n, None of nothing."""
    return count / n if n else None


def wilson(count: int, n: int) -> Interval | None:
    """95% Wilson interval of a share (Wilson 1927); None of nothing."""
    if not n:
        return None
    from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

    low, high = proportion_confint(count, n, alpha=1 - _LEVEL, method="wilson")
    return float(low), float(high)


def f1(n_gold: int, answered: int, n_found: int, right: int) -> float | None:
    """Harmonic mean of right/n_found and answered/n_gold; None where there is neither gold nor answer."""
    if not n_gold and not n_found:
        return None
    return float(_f1(np.array([[n_gold, answered, n_found, right]]))[0])


def f1_interval(counts: Sequence[tuple[int, int, int, int]]) -> Interval | None:
    """95% percentile interval of F1 when documents are drawn again with a fixed seed.

    counts: n_gold, answered, n_found, right of each document. None where no draw holds anything to be scored.
    """
    table = np.array(counts, dtype=np.int64).reshape(-1, 4)
    if not table.sum():
        return None
    n = len(table)
    draws = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=_DRAWS)
    values = _f1(draws @ table)
    values = values[~np.isnan(values)]
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _f1(table: np.ndarray) -> np.ndarray:
    n_gold, answered, n_found, right = table.T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(n_found > 0, right / n_found, 0.0)
        recall = np.where(n_gold > 0, answered / n_gold, 0.0)
        both = precision + recall
        value = np.where(both > 0, 2 * precision * recall / both, 0.0)
    return np.where(n_gold + n_found > 0, value, np.nan)
