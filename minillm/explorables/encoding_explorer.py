"""The encoding explorer: the sinusoidal table, one position of it as clocks, and how alike positions are."""

import base64
import math
from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor

from minillm.errors import ConfigError
from minillm.explorables.base import Explorable

BASES = (1, 10, 100, 1000, 10000, 100000)
MAX_DIMENSIONS = 128


def encoding_explorer(
    d_model: int = 32,
    base: int = 10000,
    position: int = 20,
    *,
    num_positions: int = 96,
    tables: Mapping[str, Float[Tensor, "positions dimensions"]] | None = None,
    table: str | None = None,
) -> Explorable:
    """An explorable in which the reader chooses dimensions, base and position of a sinusoidal table.

    It draws the table, the chosen row as clocks, and the dot products of that row with every other. The page computes
    all of it: PE[t, 2i] = sin(t / base^(2i/d)), PE[t, 2i+1] = cos of the same. Vaswani et al. (2017), section 3.5.

    Args:
        d_model: how many dimensions at first, an even number from 2 to 128.
        base: the base at first, one of `BASES`.
        position: the row to begin with.
        num_positions: rows of the sinusoidal table, 8 to 512.
        tables: other tables to look at, such as one that a model has learned, by the name that readers see; rows are
            positions. Their dot products are shown as cosines, the mean of all rows taken off.
        table: the one of these to begin with; the sinusoidal table if it is None.

    Raises:
        ConfigError: a number is outside its range, or a table is not one.
    """
    if d_model % 2 or not 2 <= d_model <= MAX_DIMENSIONS:
        raise ConfigError(f"d_model = {d_model} must be an even number from 2 to {MAX_DIMENSIONS}")
    if base not in BASES:
        raise ConfigError(f"base = {base} is not offered; choose one of {list(BASES)}")
    if not 8 <= num_positions <= 512:
        raise ConfigError(f"num_positions = {num_positions} must be from 8 to 512")
    if not 0 <= position < num_positions:
        raise ConfigError(f"position = {position} must be from 0 to {num_positions - 1}")
    names = list(tables or {})
    if table is not None and table not in names:
        raise ConfigError(f"table = {table!r} is not among the tables {names}")
    data = {
        "d_model": d_model,
        "max_d": MAX_DIMENSIONS,
        "base": base,
        "bases": list(BASES),
        "position": position,
        "positions": num_positions,
        "tables": [_packed(name, values) for name, values in (tables or {}).items()],
        "table": 0 if table is None else names.index(table) + 1,
    }
    begin = (
        f"A heat map of a sinusoidal table of {num_positions} positions and {d_model} dimensions: fast waves on the "
    )
    begin += f"left, slow ones on the right; row {position} as {d_model // 2} clocks"
    if table is not None:
        begin = f"A heat map of the table “{table}”, and the numbers of row {position}"
    alt = f"{begin}; and a curve of the dot products of this row with all rows: a hill around position {position}."
    return Explorable("encoding-explorer", data, alt, tolerance=2e-3)


def _packed(name: str, table: Float[Tensor, "positions dimensions"]) -> dict[str, object]:
    if table.dim() != 2 or min(table.shape) < 2 or not table.isfinite().all():
        raise ConfigError(f"table {name!r} of shape {tuple(table.shape)} must be positions by dimensions, all finite")
    # Only proportions are seen, and 16-bit floats hold them best near 1.
    scaled = table.detach() / max(table.detach().square().mean().sqrt().item(), math.ulp(0.0))
    half = scaled.half().cpu().contiguous().numpy()
    return {
        "name": name,
        "positions": table.shape[0],
        "d": table.shape[1],
        "dtype": "f2",
        "bdata": base64.b64encode(half.tobytes()).decode("ascii"),
    }
