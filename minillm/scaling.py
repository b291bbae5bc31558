"""A scaling law of the town: many small runs, the law fitted to them, and what it says about larger ones.

The runs that the book ships are made again by ``python -m minillm.scaling`` (half an hour on one core); each is a pure
function of its size and its budget.
"""

import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from minillm import town
from minillm.batches import Batches, TokenStream
from minillm.calculators import ScalingLaw, num_parameters, training_flops
from minillm.errors import ConfigError
from minillm.initialization import mimetic
from minillm.models import GPT, GPTConfig
from minillm.reproducibility import reproducible
from minillm.tokenizers import BPETokenizer, Tokenizer
from minillm.town.lexicon import CHILDREN
from minillm.training import TrainConfig, Trainer

Points: TypeAlias = Float[Tensor, " points"]

RUNS = Path(__file__).parent / "weights" / "scaling-runs.json"
VOCAB_SIZE, CONTEXT_LENGTH, WINDOW, ROWS, HELD_OUT = 1024, 320, 288, 2, 400
SPANS = (1, 4, 16)
NAMES = tuple(line.split("|")[0].strip() for line in CHILDREN.strip().splitlines())

SIZES = ((16, 1), (24, 1), (32, 2), (48, 2), (64, 2), (64, 4))
"""Width and depth of the models, small ones first."""

BUDGETS: dict[float, Sequence[tuple[int, int]]] = {
    1e11: SIZES[:5],
    3e11: SIZES[:6],
    1e12: SIZES[1:6],
}
"""Which sizes are trained with a budget, in FLOPs by 6 N D."""

LARGER = (6e12, (64, 4))
"""The run that no fit sees."""


@dataclass(frozen=True)
class Run:
    """One model, how much it read and how good it became on held-out stories; losses in nats a token.

    ``floor`` is the exact entropy of the same stories. ``spans[k]`` is the share of stretches of k tokens whose every
    token the model ranks first; ``name_nats`` the loss at the first token of names that the story has told before, and
    ``first_name_nats`` at those that it tells for the first time.
    """

    d_model: int
    num_layers: int
    budget: float
    parameters: int
    tokens: int
    exact_flops: float
    loss: float
    floor: float
    spans: dict[int, float]
    name_nats: float
    first_name_nats: float


def config_of(d_model: int, num_layers: int) -> GPTConfig:
    """The shape of a run: a head for each 16 dimensions, rotary positions, norms of queries and keys."""
    heads = max(1, d_model // 16)
    return GPTConfig(VOCAB_SIZE, CONTEXT_LENGTH, d_model, num_layers, heads, qk_norm=True)


@cache
def tokenizer() -> BPETokenizer:
    """A small vocabulary, learned from a thousand stories: with the town's own, small models would be all embedding."""
    return BPETokenizer.train(town.stories("train", "en", 1000), VOCAB_SIZE)


@cache
def held_out() -> tuple[tuple[str, ...], float]:
    """The stories on which every run is measured, and their entropy in nats a token, exactly."""
    stories = list(town.stories("valid", "en", HELD_OUT))
    tokens = sum(len(tokenizer().encode(story.text)) + 1 for story in stories)
    return tuple(story.text for story in stories), -math.fsum(town.logprob(story) for story in stories) / tokens


def steps_for(config: GPTConfig, budget: float) -> int:
    """How many steps spend the budget: 6 N D = budget."""
    return round(budget / (6 * num_parameters(config) * ROWS * WINDOW))


def train(d_model: int, num_layers: int, budget: float) -> Run:
    """Train one model from nothing, with a schedule that ends where the budget does, and measure it."""
    config = config_of(d_model, num_layers)
    steps = steps_for(config, budget)
    tokens = steps * ROWS * WINDOW
    stream = TokenStream.encode(town.stories("train", "en", max(1000, tokens // 150)), tokenizer())  # read about once
    reproducible(0)
    model = GPT(config)
    mimetic(model)
    schedule = TrainConfig(
        steps=steps,
        learning_rate=0.02,
        muon_learning_rate=0.02,
        final_learning_rate=0.02,
        weight_decay=0.0,
        warmup_steps=min(50, steps // 10),
        evaluate_every=steps,
    )
    Trainer(model, Batches(stream.tokens, ROWS, WINDOW, 0, stream.starts), schedule).run()
    exact = training_flops(config, tokens, WINDOW)
    return Run(
        d_model, num_layers, budget, num_parameters(config), tokens, exact, floor=held_out()[1],
        **measure(model.eval()),
    )  # fmt: skip


@torch.no_grad()
def measure(model: GPT) -> dict:
    """Loss, spans and names of a model on the held-out stories, as `Run` has them."""
    losses, right = [], []
    names: dict[bool, list[float]] = {True: [], False: []}
    for text in held_out()[0]:
        ids = [0, *tokenizer().encode(text), 0]
        log_p = model(torch.tensor([ids[:-1]]))[0].log_softmax(-1)
        targets = torch.tensor(ids[1:])
        nats = -log_p.gather(1, targets[:, None])[:, 0]
        losses += nats.tolist()
        right.append(log_p.argmax(-1) == targets)
        for place, told in name_places(text):
            names[told].append(nats[place].item())
    spans = {k: _all_right(right, k) for k in SPANS}
    first, again = (math.fsum(names[told]) / len(names[told]) for told in (False, True))
    return {
        "loss": math.fsum(losses) / len(losses), "spans": spans, "name_nats": again, "first_name_nats": first,
    }  # fmt: skip


def _all_right(stories: Iterable[torch.Tensor], k: int) -> float:
    windows = torch.cat([right.unfold(0, k, 1).all(dim=1) for right in stories])
    return windows.double().mean().item()


def name_places(text: str, pieces: Tokenizer | None = None) -> list[tuple[int, bool]]:
    """Where a child's name begins, counted in tokens, and whether the story has told that name before."""
    pieces = pieces or tokenizer()
    places, known, at = [], set[str](), 0
    for word in text.split(" "):
        name = next((name for name in NAMES if word.startswith(name) and not word[len(name) :][:1].isalpha()), None)
        if name and at:
            places.append((len(pieces.encode(text[: at - 1])), name in known))
        known |= {name} if name else set()
        at += len(word) + 1
    return places


def shipped() -> list[Run]:
    """The runs that the book ships, the larger one last."""
    rows = json.loads(RUNS.read_text(encoding="utf-8"))["runs"]
    return [Run(**{**row, "spans": {int(k): share for k, share in row["spans"].items()}}) for row in rows]


def fit(runs: Sequence[Run], floor: float | None = None) -> ScalingLaw:
    """The law L = E + A / N^α + B / D^β that comes nearest to the runs, in relative error; E is the floor if given.

    For fixed exponents the law is linear in E, A and B, so these come from least squares, and only the exponents are
    searched: on a grid, then on finer ones around the best. Hoffmann et al. (2022), section 3.3, fit the same law by
    descent from many starts.
    """
    points = torch.tensor([(run.parameters, run.tokens, run.loss) for run in runs], dtype=torch.float64)
    return fit_points(points[:, 0], points[:, 1], points[:, 2], floor)


def fit_points(n: Points, d: Points, loss: Points, floor: float | None = None) -> ScalingLaw:
    """`fit` of sizes, amounts of text and losses.

    Raises:
        ConfigError: fewer points than there are numbers to find.
    """
    if len(loss) < 5:
        raise ConfigError(f"a law with five numbers cannot be fitted to {len(loss)} runs")
    center, reach = torch.tensor([0.9, 0.9], dtype=torch.float64), 0.88
    best = (math.inf, ScalingLaw(0.0, 0.0, 0.0, 0.0, 0.0))
    for _ in range(4):
        sides = [torch.linspace(float(middle) - reach, float(middle) + reach, 45).clamp(min=0.01) for middle in center]
        error, law = _best_of(torch.cartesian_prod(*sides).double(), n, d, loss, floor)
        best = min(best, (error, law), key=lambda pair: pair[0])
        center, reach = torch.tensor([best[1].size_exponent, best[1].data_exponent]), reach / 10
    return best[1]


def _best_of(
    exponents: Float[Tensor, "pairs 2"], n: Points, d: Points, loss: Points, floor: float | None
) -> tuple[float, ScalingLaw]:
    """The smallest sum of squared relative errors over pairs of exponents, none of the terms negative."""
    n0, d0 = n.log().mean().exp(), d.log().mean().exp()
    terms = [(n / n0) ** -exponents[:, :1], (d / d0) ** -exponents[:, 1:]]
    known = 0.0 if floor is None else floor
    columns = torch.stack([*([torch.ones_like(terms[0])] if floor is None else []), *terms], dim=-1) / loss[:, None]
    target = ((loss - known) / loss).expand(len(exponents), -1)
    found = torch.linalg.lstsq(columns, target[..., None]).solution
    errors = (columns @ found - target[..., None]).square().sum(dim=(1, 2))
    errors[(found < 0).any(dim=1)[:, 0]] = math.inf
    row = int(errors.argmin())
    (a, b), factors = exponents[row].tolist(), found[row, :, 0].tolist()
    floor = factors.pop(0) if floor is None else floor
    law = ScalingLaw(floor, factors[0] * float(n0) ** a, a, factors[1] * float(d0) ** b, b)
    return errors[row].item(), law


def misfit(law: ScalingLaw, runs: Sequence[Run]) -> float:
    """Root of the mean squared relative error of a law."""
    return math.sqrt(sum((law.loss(run.parameters, run.tokens) / run.loss - 1) ** 2 for run in runs) / len(runs))


def main() -> None:
    """Make every run that is not yet there, and write it down at once."""
    torch.set_num_threads(1)
    os.environ["TQDM_DISABLE"] = "1"
    todo = [(size, budget) for budget, sizes in BUDGETS.items() for size in sizes] + [LARGER[::-1]]
    runs = shipped() if RUNS.exists() else []
    for (d_model, num_layers), budget in todo:
        if any((run.d_model, run.num_layers, run.budget) == (d_model, num_layers, budget) for run in runs):
            continue
        run = train(d_model, num_layers, budget)
        runs.append(run)
        print(
            f"{d_model} x {num_layers}, {budget:.1e} FLOPs: {run.loss:.3f} nats a token",
            flush=True,
        )
        card = {
            "made by": "python -m minillm.scaling",
            "text": "English stories of the town, read about once; measured on held-out ones",
            "unit": "nats a token of a vocabulary of 1,024",
            "seed": 0,
        }
        RUNS.write_text(
            json.dumps({"card": card, "runs": [asdict(run) for run in runs]}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
