"""What the in-page engine has to agree with."""

import copy
from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from minillm.weights import Pretrained


@torch.no_grad()
def reference(
    pretrained: Pretrained, ids: list[int], ablate: Iterable[tuple[int, int]] = ()
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Logits (time, vocab_size) and every named activation, by PyTorch; the heads to ablate write nothing."""
    record: dict[str, torch.Tensor] = {}
    logits = without_heads(pretrained.model, ablate)(torch.tensor([ids]), record=record)
    return logits[0].numpy(), {name: tensor[0].numpy() for name, tensor in record.items()}


def without_heads(model: nn.Module, ablate: Iterable[tuple[int, int]]) -> nn.Module:
    """A copy of the model in which nothing reads what these heads have mixed."""
    model = copy.deepcopy(model)
    d_k = model.config.d_model // model.config.num_heads
    for layer, head in ablate:
        with torch.no_grad():
            model.blocks[layer].attention.output.weight[:, head * d_k : (head + 1) * d_k] = 0
    return model


@torch.no_grad()
def stages(pretrained: Pretrained, ids: list[int], ablate: Iterable[tuple[int, int]] = ()) -> dict[str, np.ndarray]:
    """What goes in and out of the modules of a GPT, caught by hooks: "0.norm1" is what the norm of block 0 gives."""
    model = without_heads(pretrained.model, ablate)
    caught: dict[str, np.ndarray] = {}

    def catch(name: str, module: nn.Module, given: bool = False) -> None:
        module.register_forward_hook(
            lambda _, inputs, output: caught.update({name: (inputs[0] if given else output)[0].numpy().copy()})
        )

    catch("embedding", model.dropout)
    for layer, block in enumerate(model.blocks):
        for part in ("norm1", "attention", "norm2", "mlp"):
            catch(f"{layer}.{part}", getattr(block, part))
        catch(f"{layer}.heads", block.attention.output, given=True)
        catch(f"{layer}.mlp_hidden", block.mlp.down, given=True)
        catch(f"{layer}.output", block)
        # What is normed second (pre-norm), or what the second branch reads (post-norm), is the stream in the middle.
        catch(f"{layer}.middle", block.norm2 if model.config.norm_first else block.mlp, given=True)
    catch("final_norm", model.final_norm)
    model(torch.tensor([ids]))
    return caught
