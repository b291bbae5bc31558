"""The word for what a head does is measured: heads that do one thing are named for it."""

import pytest
import torch

from minillm import town
from minillm.explorables import head_jobs as module
from minillm.explorables.attention import attention_explorer
from minillm.explorables.head_jobs import head_jobs, kinds_of_keys, measured_jobs
from minillm.models import GPT, GPTConfig, attention_maps

IDS = [0, 5, 6, 7, 5, 6, 8, 9, 5, 3, 3, 4, 6, 1, 2, 10, 5, 7]
MARKS = [token == 6 for token in IDS]


def only(ids, marks, kind):
    """For each query the keys of a kind, found by hand: a slow second way."""
    found = set()
    for t in range(1, len(ids)):
        for s in range(t + 1):
            kinds = {
                "start": s == 0,
                "itself": s == t,
                "previous": s == t - 1 > 0,
                "same": 0 < s < t and ids[s] == ids[t],
                "after": 1 < s < t and ids[s - 1] == ids[t],
                "marks": 0 < s < t and marks[s],
                "near": s > 0 and t - s <= 4,
                "middle": s > 0 and 4 < t - s <= 12,
                "far": s > 0 and t - s > 12,
            }
            if kinds[kind]:
                found.add((t, s))
    return found


@pytest.mark.parametrize("kind", ["start", "itself", "previous", "same", "after", "marks", "near", "middle", "far"])
def test_kinds_of_keys(kind):
    keys = kinds_of_keys(torch.tensor(IDS), torch.tensor(MARKS))[kind].tril()
    assert {(t, s) for t, s in keys.nonzero().tolist() if t} == only(IDS, MARKS, kind)


def looking(kind, share):
    """Weights of one head that gives this share to the keys of a kind where there are any, and the rest evenly."""
    time = len(IDS)
    weights = torch.ones(time, time).tril()
    weights /= weights.sum(dim=1, keepdim=True)
    keys = kinds_of_keys(torch.tensor(IDS), torch.tensor(MARKS))[kind].tril()
    for row in range(1, time):
        if (count := int(keys[row].sum())) and not keys[row, : row + 1].all():
            weights[row] = (1 - share) * (~keys[row] & (torch.arange(time) <= row)) / (row + 1 - count)
            weights[row] += share * keys[row] / count
    return weights


TWO_HEADS = GPT(GPTConfig(vocab_size=11, num_layers=1, num_heads=2, d_model=4))


@pytest.mark.parametrize("kind", ["start", "itself", "previous", "same", "after", "marks", "near", "middle", "far"])
def test_a_head_is_named_for_what_it_does(monkeypatch, kind):
    maps = torch.stack([looking(kind, 0.9), looking("near", 0.0)])[None]
    monkeypatch.setattr(module, "attention_maps", lambda model, ids: maps)
    ((first, _),) = head_jobs(TWO_HEADS, [(IDS, MARKS)])
    assert first[0] == kind
    assert first[1] == pytest.approx(0.9, abs=0.06)  # a first query may have no other key to give the rest to
    pairs = only(IDS, MARKS, kind)
    assert first[2] == pytest.approx(sum(1 / (t + 1) for t, _ in pairs) / len({t for t, _ in pairs}), abs=1e-3)


def test_even_weights_are_spread(monkeypatch):
    """More than half of them goes far back, but so it would without any head."""
    even = torch.ones(60, 60).tril()
    even /= even.sum(dim=1, keepdim=True)
    monkeypatch.setattr(module, "attention_maps", lambda model, ids: even.expand(1, 2, -1, -1))
    ids = [0, *range(100, 159)]
    assert head_jobs(TWO_HEADS, [(ids, [False] * 60)])[0][0] == ("spread", 0.0, 0.0)


def test_shares_of_the_shipped_model_are_those_of_its_weights(shipped):
    measured = measured_jobs(shipped, "zh", [])
    assert measured["measured"] == "12 held-out stories in Chinese"
    total, rows = 0, 0
    for story in town.stories("valid", "zh", 12):
        ids = torch.tensor([0, *shipped.tokenizer.encode(story.text)])[: shipped.model.config.context_length]
        maps = attention_maps(shipped.model, ids)
        total += maps.diagonal(offset=-1, dim1=-2, dim2=-1)[..., 1:].sum(dim=-1)
        rows += len(ids) - 2
    shares = total / rows
    jobs = measured["jobs"]
    for layer, row in enumerate(jobs):
        for head, (kind, share, _) in enumerate(row):
            if kind == "previous":
                assert share == pytest.approx(float(shares[layer, head]), abs=2e-3)
            elif kind not in ("start", "itself"):
                assert shares[layer, head] < 1 / 3


def test_a_model_that_cannot_read_stories_is_measured_on_the_sentences(random_model):
    text = random_model.tokenizer.characters[-9:]
    data = attention_explorer(random_model, text, ablation=True).data["ablation"]
    assert data["en"]["measured"] == "the sentences above"
    assert [len(layer) for layer in data["en"]["jobs"]] == [3, 3]
    assert "ablation" not in attention_explorer(random_model, text).data
