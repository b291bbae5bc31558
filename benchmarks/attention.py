"""Attention and transformer blocks side by side with PyTorch's own layers and `transformers`' GPT-2: time and memory.

    python -m benchmarks.attention

All of one group compute the same function of the same weights, causally, on a text of each length. Each measurement has
a fresh process and one thread. Its peak is what the operating system counts on top of what the process held before the
call. Times are processor time, which other work on the machine disturbs little, and the best of several. The exponent p
says that the cost grows as length^p, fitted over the three longest texts.
"""

import ctypes
import gc
import importlib.util
import math
import multiprocessing
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import tyro
from torch import Tensor, nn

from minillm.attention import MultiHeadAttention, causal_mask, fast_attention, flash_attention
from minillm.attention import scaled_dot_product_attention as readable_attention
from minillm.layers import Block, TransformerConfig

D_MODEL, NUM_HEADS = 256, 4
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
Forward = Callable[[Tensor], Tensor]


def main(lengths: tuple[int, ...] = LENGTHS, runs: int = 5, quick: bool = False) -> None:
    """Print times, peaks, ratios and exponents.

    Args:
        lengths: how many tokens a text has.
        runs: how often each time is measured; the fastest counts.
        quick: texts of at most 512 tokens, each measured once.
    """
    lengths, runs = (LENGTHS[:4], 1) if quick else (tuple(sorted(lengths)), runs)
    print(f"{os.cpu_count()} processors, one thread each, torch {torch.__version__}; {D_MODEL} wide, {NUM_HEADS} heads")
    print("Ratios at the longest text are to minillm's fast version; more than 1 means that minillm needs less.")
    processes = multiprocessing.get_context("forkserver")  # its children have computed nothing before they measure
    processes.set_forkserver_preload(["tyro", "minillm.layers", "transformers.models.gpt2.modeling_gpt2"])
    for group in groups():
        for backward in (False, True):
            found = {}
            for name in groups()[group]:
                found[name] = [in_process(processes, group, name, n, backward, runs) for n in lengths]
            report(f"{group}, {'forward and backward' if backward else 'forward'}", lengths, found)


class Cost(NamedTuple):
    """Of one call: the shortest time, and the memory it needed at its worst moment (NaN where nobody counts it)."""

    milliseconds: float
    megabytes: float


def groups() -> dict[str, dict[str, Callable[[], Forward]]]:
    """What is compared: under each name a way to build the same function. The first one of a group is minillm's."""
    found = {
        "attention": {"minillm fast": lambda: formula("fast")}
        | {f"minillm {name}": lambda name=name: formula(name) for name in ("readable", "flash")},
        "multi-head layer": {"minillm": our_layer, "torch": torchs_layer},
        "block": {"minillm": our_block, "torch": torchs_block},
    }
    if importlib.util.find_spec("transformers"):
        for kind in ("eager", "sdpa"):
            found["multi-head layer"][f"transformers {kind}"] = lambda kind=kind: gpt2s_layer(kind)
            found["block"][f"transformers {kind}"] = lambda kind=kind: gpt2s_block(kind)
    return found


def formula(name: str) -> Forward:
    """Causal attention of a text to itself, without projections."""

    def forward(x: Tensor) -> Tensor:
        heads = x.unflatten(-1, (NUM_HEADS, -1)).transpose(1, 2)
        if name == "readable":
            return readable_attention(heads, heads, heads, causal_mask(x.shape[1]))[0]
        return {"fast": fast_attention, "flash": flash_attention}[name](heads, heads, heads, causal=True)

    return forward


def our_layer() -> MultiHeadAttention:
    """minillm's multi-head attention."""
    torch.manual_seed(0)
    return MultiHeadAttention(D_MODEL, NUM_HEADS, causal=True)


def our_block() -> Block:
    """minillm's pre-norm block."""
    torch.manual_seed(0)
    return Block(TransformerConfig(vocab_size=1, d_model=D_MODEL, num_heads=NUM_HEADS, positions="none"), causal=True)


def torchs_layer() -> Forward:
    """torch.nn.MultiheadAttention with the weights of our layer."""
    layer = nn.MultiheadAttention(D_MODEL, NUM_HEADS, batch_first=True)
    names = {"qkv.": "in_proj_", "output.": "out_proj."}
    layer.load_state_dict(renamed(our_layer(), names))
    return Wrapped(
        layer, lambda x: layer(x, x, x, attn_mask=~causal_mask(x.shape[1]), is_causal=True, need_weights=False)[0]
    )


def torchs_block() -> Forward:
    """torch.nn.TransformerEncoderLayer with the weights of our block."""
    layer = nn.TransformerEncoderLayer(D_MODEL, NUM_HEADS, 4 * D_MODEL, 0.0, "gelu", batch_first=True, norm_first=True)
    names = {"attention.qkv.": "self_attn.in_proj_", "attention.output.": "self_attn.out_proj."}
    names |= {"mlp.up.": "linear1.", "mlp.down.": "linear2."}
    layer.load_state_dict(renamed(our_block(), names))
    return Wrapped(layer, lambda x: layer(x, src_mask=~causal_mask(x.shape[1]), is_causal=True))


def gpt2s_layer(kind: str) -> Forward:
    """transformers' GPT2Attention with the weights of our layer; its matrices are stored transposed."""
    from transformers.models.gpt2.modeling_gpt2 import GPT2Attention

    layer = GPT2Attention(gpt2_config(kind), layer_idx=0)
    layer.load_state_dict(renamed(our_layer(), {"qkv.": "c_attn.", "output.": "c_proj."}, transpose=True))
    return Wrapped(layer, lambda x: layer(x, attention_mask=gpt2_mask(kind, x))[0])


def gpt2s_block(kind: str) -> Forward:
    """transformers' GPT2Block with the weights of our block."""
    from transformers.models.gpt2.modeling_gpt2 import GPT2Block

    layer = GPT2Block(gpt2_config(kind), layer_idx=0)
    names = {"attention.qkv.": "attn.c_attn.", "attention.output.": "attn.c_proj.", "norm": "ln_"}
    names |= {"mlp.up.": "mlp.c_fc.", "mlp.down.": "mlp.c_proj."}
    layer.load_state_dict(renamed(our_block(), names, transpose=True))
    return Wrapped(layer, lambda x: layer(x, attention_mask=gpt2_mask(kind, x)))


def gpt2_config(kind: str) -> object:
    """The same shape, without dropout."""
    from transformers import GPT2Config

    dropouts = {"attn_pdrop": 0.0, "resid_pdrop": 0.0, "embd_pdrop": 0.0}
    shape = {"n_embd": D_MODEL, "n_head": NUM_HEADS, "n_positions": max(LENGTHS), "activation_function": "gelu"}
    return GPT2Config(**shape, **dropouts, attn_implementation=kind)


def gpt2_mask(kind: str, x: Tensor) -> Tensor | None:
    """What GPT2Model gives its blocks: the eager version needs numbers to add, the other knows that it is causal."""
    if kind == "sdpa":
        return None
    return torch.zeros(1, 1, x.shape[1], x.shape[1]).masked_fill(~causal_mask(x.shape[1]), -math.inf)


class Wrapped(nn.Module):
    """A module that takes and gives nothing but the text's vectors."""

    def __init__(self, module: nn.Module, call: Forward) -> None:
        super().__init__()
        self.module, self.call = module, call

    def forward(self, x: Tensor) -> Tensor:
        return self.call(x)


def renamed(module: nn.Module, names: dict[str, str], transpose: bool = False) -> dict[str, Tensor]:
    """The parameters of a module under the names of another library."""
    state = {}
    for name, tensor in module.state_dict().items():
        start = next((start for start in names if name.startswith(start)), "")
        turned = transpose and tensor.ndim == 2
        state[names.get(start, "") + name.removeprefix(start)] = tensor.T if turned else tensor
    return state


def in_process(context: multiprocessing.context.BaseContext, *arguments: object) -> Cost:
    """`measure` in a process of its own."""
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=send_cost, args=(theirs, *arguments))
    process.start()
    theirs.close()
    try:
        return Cost(*ours.recv())
    finally:
        process.join()


def send_cost(pipe: multiprocessing.connection.Connection, *arguments: object) -> None:
    """Measure and answer."""
    pipe.send(tuple(measure(*arguments)))


def measure(group: str, name: str, length: int, backward: bool, runs: int) -> Cost:
    """The cost of one call on one text."""
    torch.set_num_threads(1)
    forward = groups()[group][name]()
    if isinstance(forward, nn.Module):
        forward.train(backward)

    def step(x: Tensor) -> None:
        if backward:
            forward(x).sum().backward()
        else:
            with torch.no_grad():
                forward(x)

    step(torch.randn(1, 64, D_MODEL, requires_grad=backward))  # what is done once is not measured
    x = torch.randn(1, length, D_MODEL, requires_grad=backward)
    peak = peak_of(lambda: step(x))
    return Cost(1e3 * min(seconds(lambda: step(x)) for _ in range(runs)), peak)


def seconds(function: Callable[[], None]) -> float:
    """Processor time of a call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def peak_of(function: Callable[[], None]) -> float:
    """Megabytes of resident memory that a call needs at its worst moment; NaN where there is no /proc."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not reset.exists():
        return math.nan

    def kilobytes(field: str) -> int:
        return int(re.search(rf"{field}:\s+(\d+) kB", status.read_text())[1])

    gc.collect()
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)  # what is free already would hide what the call takes
    reset.write_text("5")  # the highest count so far is forgotten
    before = kilobytes("VmRSS")
    function()
    return max(kilobytes("VmHWM") - before, 4) / 1000  # at least a page


def exponent(lengths: tuple[int, ...], costs: list[float]) -> float:
    """p of cost = c · length^p, fitted to the logarithms of the three longest."""
    return float(np.polyfit(np.log(lengths[-3:]), np.log(costs[-3:]), 1)[0])


def report(title: str, lengths: tuple[int, ...], found: dict[str, list[Cost]]) -> None:
    """A table of times and one of peaks."""
    for unit in Cost._fields:
        print(f"\n{title}: {unit}\n{'':20}" + "".join(f"{n:9,}" for n in lengths) + "    ratio  exponent")
        first = None
        for name, costs in found.items():
            values = [getattr(cost, unit) for cost in costs]
            first = first or values
            cells = "".join(f"{value:9.2f}" if value < 100 else f"{value:9,.0f}" for value in values)
            print(f"{name:20}{cells} {values[-1] / first[-1]:7.2f} ×  {exponent(lengths, values):7.2f}")


if __name__ == "__main__":
    tyro.cli(main)
