"""Recurrent language models: one state, updated token by token, is all that remains of the past.

Elman (1990), "Finding Structure in Time"; Hochreiter and Schmidhuber (1997), "Long Short-Term Memory"; the forget gate
is from Gers, Schmidhuber and Cummins (2000). Mikolov et al. (2010) made a language model of the first.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from minillm.errors import ConfigError
from minillm.models.base import LanguageModel

EMBEDDING_STD, HIDDEN_STD = 0.3, 0.7
"""How large the entries of embeddings are made, and those of a layer's output are taken to be."""

Weights = tuple[Tensor, Tensor, Tensor, Tensor]
"""What torch calls weight_ih, weight_hh, bias_ih and bias_hh of a layer."""


def rnn_cell(
    x: Float[Tensor, "batch inputs"], state: tuple[Float[Tensor, "batch hidden"]], weights: Weights
) -> tuple[tuple[Float[Tensor, "batch hidden"]], dict[str, Tensor]]:
    """One step of an RNN: h ← tanh(x W_ih^T + b_ih + h W_hh^T + b_hh). Returns the new state and, here, nothing else.

    W_ih is (hidden, inputs), W_hh is (hidden, hidden).
    """
    (h,) = state
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    return (torch.tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh),), {}


def lstm_cell(
    x: Float[Tensor, "batch inputs"],
    state: tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]],
    weights: Weights,
) -> tuple[tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]], dict[str, Tensor]]:
    """One step of an LSTM. Returns the new (h, c) and the gates by name.

    With a = x W_ih^T + b_ih + h W_hh^T + b_hh cut into four quarters a_i, a_f, a_g, a_o:
    i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o);  c ← f · c + i · g;  h ← o · tanh(c).

    W_ih is (4 hidden, inputs), W_hh is (4 hidden, hidden); the order of the quarters is torch's.
    """
    h, c = state
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    a_i, a_f, a_g, a_o = (x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh).chunk(4, dim=-1)
    i, f, g, o = torch.sigmoid(a_i), torch.sigmoid(a_f), torch.tanh(a_g), torch.sigmoid(a_o)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return (h, c), {"input_gate": i, "forget_gate": f, "candidate": g, "output_gate": o}


@dataclass
class RecurrentState:
    """What a recurrent model remembers: of each layer the hidden state and, of an LSTM, the cell; None at the start.

    Updated in place by the model, as a cache is. `detach` cuts the gradient, so that training can go on through a long
    text in pieces.
    """

    hidden: Float[Tensor, "layers batch hidden"] | None = None
    cell: Float[Tensor, "layers batch hidden"] | None = None

    def detach(self) -> "RecurrentState":
        """The same memory without the history of how it came about."""
        hidden, cell = (None if tensor is None else tensor.detach() for tensor in (self.hidden, self.cell))
        return RecurrentState(hidden, cell)


class Layers:
    """The part that RNN and LSTM share: `readable`, the computation of torch's fused kernel written out."""

    num_layers: int
    hidden_size: int
    cell: Callable[..., tuple[tuple[Tensor, ...], dict[str, Tensor]]]
    num_states: int

    def weights(self, layer: int) -> Weights:
        """The weights of a layer, by torch's names."""
        weight_ih, weight_hh, bias_ih, bias_hh = (
            getattr(self, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        return weight_ih, weight_hh, bias_ih, bias_hh

    def readable(
        self,
        x: Float[Tensor, "batch time inputs"],
        state: tuple[Float[Tensor, "layers batch hidden"], ...] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> tuple[Float[Tensor, "batch time hidden"], tuple[Float[Tensor, "layers batch hidden"], ...]]:
        """What calling the module computes, step by step: outputs of the last layer and the state after the last step.

        With a record (an empty dict), stores for each layer k "layers.k.hidden", for an LSTM also "layers.k.cell" and
        its gates, each (batch, time, hidden).
        """
        zeros = x.new_zeros(self.num_layers, x.shape[0], self.hidden_size)
        initial = (zeros,) * self.num_states if state is None else state
        final = []
        for layer in range(self.num_layers):
            now = tuple(part[layer] for part in initial)
            steps = []
            for t in range(x.shape[1]):
                now, gates = type(self).cell(x[:, t], now, self.weights(layer))
                steps.append(dict(zip(("hidden", "cell"), now, strict=False)) | gates)
            x = torch.stack([step["hidden"] for step in steps], dim=1)
            final.append(now)
            if record is not None:
                for name in steps[0]:
                    record[f"layers.{layer}.{name}"] = torch.stack([step[name] for step in steps], dim=1)
        return x, tuple(torch.stack(parts) for parts in zip(*final, strict=True))


class RNN(Layers, nn.RNN):
    """`torch.nn.RNN` (batch first) with `readable` beside it."""

    cell = staticmethod(rnn_cell)
    num_states = 1


class LSTM(Layers, nn.LSTM):
    """`torch.nn.LSTM` (batch first) with `readable` beside it."""

    cell = staticmethod(lstm_cell)
    num_states = 2


CELLS: dict[str, type[RNN] | type[LSTM]] = {"rnn": RNN, "lstm": LSTM}


@dataclass(frozen=True)
class RecurrentConfig:
    """The shape of a recurrent language model. Raises `ConfigError` for a shape that cannot be built."""

    vocab_size: int
    d_model: int = 128
    hidden_size: int = 256
    num_layers: int = 2
    cell: str = "lstm"
    dropout: float = 0.0
    tie_weights: bool = False

    def __post_init__(self) -> None:
        for name in ("vocab_size", "d_model", "hidden_size", "num_layers"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(f"{name} = {value!r} must be a whole number of at least 1")
        if self.cell not in CELLS:
            raise ConfigError(f"cell = {self.cell!r} is not known; choose one of {sorted(CELLS)}")
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout = {self.dropout} must be at least 0 and below 1; it is a probability")
        if self.tie_weights and self.hidden_size != self.d_model:
            raise ConfigError(
                f"tied weights need hidden_size = d_model, but they are {self.hidden_size} and {self.d_model}; "
                f"make them equal or set tie_weights = False"
            )

    @classmethod
    def source_003(cls) -> "RecurrentConfig":
        """The LSTM that one of the book's sources describes: embedding 128, hidden 256, 2 layers, 10,000 words."""
        return cls(vocab_size=10_000, d_model=128, hidden_size=256, num_layers=2, cell="lstm")


class RecurrentLM(LanguageModel):
    """x = E[ids]; h = RNN(x) or LSTM(x); logits = h W + b, or h E^T with tied weights."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        between = config.dropout if config.num_layers > 1 else 0.0
        self.recurrent = CELLS[config.cell](
            config.d_model, config.hidden_size, config.num_layers, batch_first=True, dropout=between
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = None if config.tie_weights else nn.Linear(config.hidden_size, config.vocab_size)
        self._initialize()

    def _initialize(self) -> None:
        """Orthogonal recurrences, inputs of variance 1, and biases of zero but 1 for an LSTM's forget gate.

        An orthogonal matrix keeps the length of what it multiplies, and a forget gate that begins open keeps the cell:
        both let the gradient come back from afar. Inputs much weaker would hardly move the gates, and an LSTM would
        learn several times more slowly. Saxe et al. (2014); Jozefowicz et al. (2015), section 4.1.
        """
        nn.init.normal_(self.embedding.weight, std=EMBEDDING_STD)
        for layer in range(self.config.num_layers):
            weight_ih, weight_hh, bias_ih, bias_hh = self.recurrent.weights(layer)
            deviation = EMBEDDING_STD if layer == 0 else HIDDEN_STD
            nn.init.normal_(weight_ih, std=1 / (deviation * math.sqrt(weight_ih.shape[1])))
            for block in weight_hh.chunk(weight_hh.shape[0] // self.config.hidden_size):
                nn.init.orthogonal_(block)
            nn.init.zeros_(bias_ih)
            nn.init.zeros_(bias_hh)
            if self.config.cell == "lstm":
                nn.init.ones_(bias_ih.chunk(4)[1])
        if self.head is not None:
            nn.init.normal_(self.head.weight, std=0.1)
            nn.init.zeros_(self.head.bias)

    def forward(
        self,
        token_ids: Int[Tensor, "batch time"],
        state: RecurrentState | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time vocab_size"]:
        """Logits of the token that follows each position.

        With a state, token_ids continue what it remembers, and it is updated. With a record (an empty dict) the
        readable layers are used, and "embedding", "output" and what `Layers.readable` names are stored there.
        """
        x = self.dropout(self.embedding(token_ids))
        if record is not None:
            record["embedding"] = x
        x = self.dropout(self._layers(x, state, record))
        if record is not None:
            record["output"] = x
        return F.linear(x, self.embedding.weight) if self.head is None else self.head(x)

    def _layers(
        self, x: Float[Tensor, "batch time d_model"], state: RecurrentState | None, record: dict[str, Tensor] | None
    ) -> Float[Tensor, "batch time hidden"]:
        before = None
        if state is not None and state.hidden is not None:
            before = (state.hidden,) if state.cell is None else (state.hidden, state.cell)
        if record is not None:
            x, after = self.recurrent.readable(x, before, record)
        elif self.config.cell == "lstm":
            x, after = self.recurrent(x, before)
        else:
            x, hidden = self.recurrent(x, None if before is None else before[0])
            after = (hidden,)
        if state is not None:
            state.hidden, state.cell = after if len(after) == 2 else (after[0], None)
        return x

    def new_cache(self) -> RecurrentState:
        """The state at the beginning of a text."""
        return RecurrentState()
