"""Tiny Shakespeare by characters: how soon a GPT of 4 layers × 128 with a context of 64 reaches a loss of 1.90.

    python -m benchmarks.time_to_loss tinyshakespeare.txt
    python -m benchmarks.time_to_loss tinyshakespeare.txt --long

The yardstick is nanoGPT's recipe for a processor: 2,000 steps of 12 × 64 tokens, which end at a validation loss of
1.905 to 1.917. Its step is timed here in plain torch, between the steps of minillm, so that other work on the machine
hits both alike; 2,000 times the mean is how long that recipe takes on this machine at this moment. The validation
loss is over the whole last tenth of the text, in windows of 64. The clocks stop while the loss is measured and while
the other side steps. With one thread they count processor time, which other work disturbs little.

What makes the difference: positions that begin by looking one, two and three characters back, and learn from there;
Muon; matrices that write to the residual stream begin at zero; a head of its own; a learning rate that falls to zero.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

from minillm.batches import Batches
from minillm.initialization import fan_in
from minillm.models import GPT, GPTConfig
from minillm.positions import relative_buckets
from minillm.tokenizers import CharacterTokenizer
from minillm.training.optimizers import Muon

CONTEXT, TARGET, STEPS_OF_NANOGPT = 64, 1.90, 2000
POLAR_EXPRESS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
)
"""Each polynomial the best after those before it. Amsel et al. (2025), "The Polar Express", algorithm 1."""


@dataclass(frozen=True)
class Settings:
    """A run: how many tokens, in which batches, at which rates."""

    tokens: int = 153_600
    batch_size: int = 16
    double_after: float = 1.0  # the share of the tokens after which a batch has twice as many rows
    learning_rate: float = 8e-3
    muon_learning_rate: float = 0.02
    momentum: float = 0.9
    beta2: float = 0.95
    polynomials: tuple[tuple[float, float, float], ...] = POLAR_EXPRESS[:3]
    mlp: str = "relu"
    qk_norm: bool = False


LONG = Settings(
    tokens=1_536_000, double_after=0.6, momentum=0.95, beta2=0.99, polynomials=POLAR_EXPRESS, mlp="relu2", qk_norm=True
)


def main(
    text: tyro.conf.Positional[Path],
    long: bool = False,
    seeds: int = 3,
    threads: int = 2,
    compiled: bool = False,
    settings: Settings | None = None,
) -> None:
    """Print the loss, seconds and tokens of each run beside those of nanoGPT's recipe.

    Args:
        text: tiny Shakespeare, or another text.
        long: train on 1,536,000 tokens, as nanoGPT's recipe does.
        seeds: how many runs.
        threads: of torch; the yardstick of the book is two.
        compiled: run the model through torch.compile; its time is reported with and without compiling.
        settings: of a run of another kind.
    """
    torch.set_num_threads(threads)
    settings = settings or (LONG if long else Settings())
    train, valid, tokenizer = read(text)
    clock = time.process_time if threads == 1 else time.perf_counter
    print(f"{threads} threads, torch {torch.__version__}; {settings}")
    for seed in range(seeds if not long else 1):
        run = Run(settings, tokenizer.vocab_size, train, seed, compiled, clock)
        run.train()
        print(report(run, validation_loss(run.model, valid)), flush=True)


def read(text: Path) -> tuple[Tensor, Tensor, CharacterTokenizer]:
    """Nine tenths to train on, the last tenth to measure on, and the tokenizer of the characters."""
    whole = text.read_text(encoding="utf-8")
    tokenizer = CharacterTokenizer.train([whole])
    ids = torch.tensor(tokenizer.encode(whole))
    cut = int(0.9 * len(ids))
    return ids[:cut], ids[cut:], tokenizer


@torch.no_grad()
def validation_loss(model: GPT, ids: Tensor) -> float:
    """Nats a character over all of a text, in windows that follow one another."""
    model.eval()
    length = (len(ids) - 1) // CONTEXT * CONTEXT
    inputs, targets = (ids[shift : length + shift].view(-1, CONTEXT) for shift in (0, 1))
    chunks = zip(inputs.split(64), targets.split(64), strict=True)
    return sum(model.loss(some, next_ones).item() * some.numel() for some, next_ones in chunks) / length


def report(run: "Run", loss: float) -> str:
    """One line about a run and the calibration inside it."""
    step = statistics.fmean(run.yardstick)
    theirs, ours = STEPS_OF_NANOGPT * step, sum(run.seconds)
    if run.compiled:
        ours = statistics.median(run.seconds) * len(run.seconds)
    reached = f"{'at most' if loss <= TARGET else 'above'} {TARGET}"
    line = (
        f"seed {run.seed}: {run.settings.tokens:,} tokens, validation loss {loss:.4f} ({reached}), {ours:.1f} s; "
        f"nanoGPT's recipe {theirs:.1f} s ({1e3 * step:.1f} ms a step): 1/{theirs / ours:.1f} of its time"
    )
    return f"{line}; with compiling {sum(run.seconds):.1f} s" if run.compiled else line


@dataclass
class Run:
    """A model in training, the seconds of each step, and those of the steps of the yardstick between them."""

    settings: Settings
    vocab_size: int
    ids: Tensor
    seed: int = 0
    compiled: bool = False
    clock: Callable[[], float] = time.perf_counter
    seconds: list[float] = field(default_factory=list)
    yardstick: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        settings = self.settings
        config = GPTConfig(
            self.vocab_size, CONTEXT, d_model=128, num_layers=4, num_heads=4, positions="t5", bias=False,
            tie_weights=False, mlp=settings.mlp, qk_norm=settings.qk_norm,
        )  # fmt: skip
        self.model = GPT(config)
        fan_in(self.model)
        look_back(self.model)
        nn.init.zeros_(self.model.head.weight)
        self.optimizer = Muon(
            self.model, settings.muon_learning_rate, settings.learning_rate, betas=(0.9, settings.beta2),
            momentum=settings.momentum, polynomials=settings.polynomials,
        )  # fmt: skip
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.loss = torch.compile(self.model.loss) if self.compiled else self.model.loss

    def train(self) -> None:
        """All steps, one of the yardstick after every fourth."""
        size, tokens = self.settings.batch_size, self.settings.tokens
        early, late = (Batches(self.ids, rows, CONTEXT, self.seed) for rows in (size, 2 * size))
        yardstick = yardstick_steps(self.vocab_size, self.ids, self.clock)
        next(yardstick)
        self.model.train()
        done = 0
        while done < tokens:
            start = self.clock()
            for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = rate * min((len(self.seconds) + 1) / 4, 1 - done / tokens)
            inputs, targets, _ = (early if done < self.settings.double_after * tokens else late)(len(self.seconds))
            self.optimizer.zero_grad()
            self.loss(inputs, targets).backward()
            self.optimizer.step()
            done += inputs.numel()
            self.seconds.append(self.clock() - start)
            if len(self.seconds) % 4 == 1:
                self.yardstick.append(next(yardstick))


@torch.no_grad()
def look_back(model: GPT, strength: float = 3.0, far: float = 0.06) -> None:
    """Let three heads of each block begin by looking one, two and three tokens back, and the last one around.

    A trained bias of T5 for each distance d: −strength · |d − h| for head h, −far · d for the last head.
    """
    distance = torch.arange(CONTEXT)
    heads = torch.arange(1, 4)[:, None]
    bias = torch.cat([-strength * (distance - heads).abs(), -far * distance[None]])
    bucket = relative_buckets(-distance, bidirectional=False)
    for number in bucket.unique():
        model.position_embedding.weight[number] = bias[:, bucket == number].mean(dim=1).clamp(min=-20)


class PlainGPT(nn.Module):
    """nanoGPT's model at its size for a processor, in plain torch."""

    def __init__(self, vocab_size: int, width: int = 128, layers: int = 4) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab_size, width), nn.Embedding(CONTEXT, width)
        self.blocks = nn.ModuleList(PlainBlock(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width, bias=False)

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.norm(x) @ self.tokens.weight.T
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


class PlainBlock(nn.Module):
    """A block as nanoGPT writes it."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.qkv, self.output = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        query, key, value = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, time, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


def yardstick_steps(vocab_size: int, ids: Tensor, clock: Callable[[], float] = time.perf_counter) -> Iterator[float]:
    """Train nanoGPT's model by its recipe, a step of 12 × 64 tokens at a time; yields the seconds of each."""
    with torch.random.fork_rng():
        model = PlainGPT(vocab_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    while True:
        start = clock()
        places = torch.randint(len(ids) - CONTEXT, (12, 1)) + torch.arange(CONTEXT)
        loss = model(ids[places], ids[places + 1])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        yield clock() - start


if __name__ == "__main__":
    tyro.cli(main)
