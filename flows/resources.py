"""Where the files that the project ships stand: in the checkout, or inside the installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_SHIPPED = _PACKAGE / "_shipped"
ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder, for example `resource("sql", "analytics")`.

    Raises FileNotFoundError when the installation lacks it.
    """
    path = ROOT.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: the installation is incomplete, install the package again")
    return path
