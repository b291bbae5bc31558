"""Follow a token: the stages are those of PyTorch, they add up to the stream, and the page shows them."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from minillm.errors import ConfigError
from minillm.explorables import follow_a_token
from minillm.explorables.follow_a_token import stages, streams, token_text
from minillm.models import GPT, GPTConfig, RecurrentConfig, RecurrentLM
from minillm.tokenizers import CharacterTokenizer
from minillm.weights import Pretrained, load
from tests.core.small import lively_gpt
from tests.explorables.shown import shown

TEXTS = {"Mia was a girl. One morning,": "", "Ben was sad.": "a gloss"}
IDS = torch.tensor([0, 3, 1, 4, 1, 5])
CONFIG = load("town-gpt").model.config
LAYERS, WIDTH = CONFIG.num_layers, CONFIG.d_model
STAGES = 4 + 7 * LAYERS
SHAPES = {
    "as shipped": {},
    "rms, swiglu, grouped": {"norm": "rms", "mlp": "swiglu", "num_kv_heads": 1, "bias": False},
    "learned positions, untied": {"positions": "learned", "tie_weights": False},
}


@pytest.fixture(params=SHAPES)
def model(request):
    return lively_gpt(**SHAPES[request.param])


def test_the_parts_add_up_to_the_stream_and_give_the_logits(model):
    """The stages against hidden states that the model records by itself, and against its own logits."""
    found, record = stages(model, IDS), {}
    with torch.no_grad():
        logits = model(IDS[None], record=record)[0]
        sums = streams(found)
        for i in range(model.config.num_layers):
            torch.testing.assert_close(sums[2 * i + 1], record[f"blocks.{i}.middle"][0])
            torch.testing.assert_close(sums[2 * i + 2], record[f"blocks.{i}.output"][0])
            block = model.blocks[i]
            torch.testing.assert_close(F.linear(found[f"{i}.mlp_hidden"], block.mlp.down.weight, block.mlp.down.bias),
                                       found[f"{i}.mlp"])  # fmt: skip
            mixed = found[f"{i}.weights"] @ found[f"{i}.value"].unflatten(1, (model.config.num_heads, -1)).transpose(
                0, 1
            )
            output = block.attention.output
            by_hand = F.linear(mixed.transpose(0, 1).flatten(1), output.weight, output.bias)
            torch.testing.assert_close(by_hand, found[f"{i}.attention"])
        head = model.embedding.weight if model.head is None else model.head.weight
        torch.testing.assert_close(model.final_norm(sums[-1]) @ head.T, logits)


def test_looking_leaves_nothing_behind():
    model = lively_gpt()
    stages(model, IDS)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_words_after_each_branch_are_those_of_the_logit_lens(shipped):
    (text,) = follow_a_token(shipped, "Mia was a girl.").data["texts"]
    model, ids = shipped.model, torch.tensor([text["ids"]])
    record = {}
    with torch.no_grad():
        logits = model(ids, record=record)[0]
        hidden = [
            record["embedding"],
            *(record[f"blocks.{i}.{at}"] for i in range(LAYERS) for at in ("middle", "output")),
        ]
        for stage, x in enumerate(hidden):
            p = (model.final_norm(x) @ model.embedding.weight.T).softmax(-1)[0]
            for t in range(len(text["ids"])):
                best = p[t].topk(3)
                words = [token_text(shipped.tokenizer, token) for token in best.indices.tolist()]
                assert [name for name, _ in text["lens"][stage][t]] == words
                assert [chance for _, chance in text["lens"][stage][t]] == pytest.approx(best.values.tolist(), abs=1e-3)
    last = text["end"][-1]
    assert [logit for *_, logit in last] == pytest.approx(logits[-1].topk(8).values.tolist(), abs=1e-3)


def test_parts_of_characters_are_written_as_bytes(shipped):
    whole = "".join(token_text(shipped.tokenizer, token) for token in shipped.tokenizer.encode("Mia was sad."))
    assert whole == "Mia was sad."
    first = shipped.tokenizer.encode("☃")[0]
    assert token_text(shipped.tokenizer, first) == "‹E2›"
    assert token_text(CharacterTokenizer("ab"), 1) == "a"


def test_where_to_begin():
    def begins(**options):
        return [text["token"] for text in follow_a_token("town-gpt", TEXTS, **options).data["texts"]]

    assert begins() == [8, 5]
    assert begins(token=" girl") == [4, 5]
    assert begins(token=0) == [1, 1]
    for wrong in (" owl", 99, -99):
        with pytest.raises(ConfigError, match="stands in none"):
            follow_a_token("town-gpt", TEXTS, token=wrong)


def test_what_cannot_be_followed_is_refused():
    tokenizer = CharacterTokenizer("ab")
    recurrent = RecurrentLM(RecurrentConfig(tokenizer.vocab_size, 8, 8, 1, "lstm"))
    post = GPT(GPTConfig(tokenizer.vocab_size, d_model=8, num_layers=1, num_heads=1, norm_first=False))
    for model in (recurrent, post):
        with pytest.raises(ConfigError, match="norm_first"):
            follow_a_token(Pretrained(model, tokenizer, {}, []), "ab")
    for nothing in ([], [""]):
        with pytest.raises(ConfigError, match="at least one sentence"):
            follow_a_token("town-gpt", nothing)


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, follow_a_token("town-gpt", TEXTS), request.param) as page:
        yield page


def numbers(text):
    return [float(number.replace("−", "-")) for number in re.findall(r"[−-]?\d+\.\d+", text)]


def test_the_page_shows_lengths_and_words_of_every_stage(page, shipped):
    ids = torch.tensor([0, *shipped.tokenizer.encode(next(iter(TEXTS)))])
    found = stages(shipped.model, ids)
    sums = streams(found)
    assert f"1 of {STAGES}" in page.text_content(".ml-follow-title")
    for stage in range(1, STAGES):
        page.get_by_role("button", name="Next").click()
        block, at = divmod(stage - 2, 7)
        names = page.eval_on_selector_all(".ml-follow-strip", "all => all.map((one) => one.getAttribute('aria-label'))")
        lengths = [numbers(name)[-1] for name in names]
        if stage > 1 and block < LAYERS and at in (3, 6):
            after = sums[2 * block + (1 if at == 3 else 2), -1]
            add = found[f"{block}.{'attention' if at == 3 else 'mlp'}"][-1]
            expected = [(after - add).norm(), add.norm(), after.norm()]
            assert lengths == pytest.approx([float(n) for n in expected], rel=2e-3, abs=0.02)
        if block < LAYERS and at == 0 and stage > 1:
            read = shipped.model.blocks[block].norm1(sums[2 * block, -1]).detach()
            assert lengths[-1] == pytest.approx(float(read.norm()), rel=2e-3, abs=0.02)
    assert page.get_by_role("button", name="Next").is_disabled()
    guesses = page.eval_on_selector_all(".ml-follow-first", "all => all.map((one) => one.textContent)")
    with torch.no_grad():
        tops = (shipped.model.final_norm(sums[:, -1]) @ shipped.model.embedding.weight.T).argmax(-1).tolist()
    assert len(guesses) == 2 * LAYERS + 1
    for guess, token in zip(guesses, tops, strict=True):
        assert token_text(shipped.tokenizer, token).strip() in guess
    assert page.locator(".ml-follow-end li").count() == 8


def test_heads_show_their_weights(page, shipped):
    ids = torch.tensor([0, *shipped.tokenizer.encode(next(iter(TEXTS)))])
    found = stages(shipped.model, ids)
    page.get_by_label("Stage", exact=True).fill("11")
    assert "Block 2: where each head looks" in page.text_content(".ml-follow-title")
    said = page.eval_on_selector_all(".ml-follow-share", "all => all.map((one) => one.textContent)")
    weights = found["1.weights"][:, -1].flatten()
    assert len(said) == weights.numel()
    for text, weight in zip(said, weights.tolist(), strict=True):
        assert abs((0 if text == "·" else int(text[:-1])) - 100 * weight) < 0.6


def test_keyboard_and_choices(page):
    slider = page.get_by_label("Stage", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == f"2 of {STAGES}: embedding"
    assert f"Stage 2 of {STAGES}" in page.text_content("#ml-announcer")
    chosen = page.locator('.ml-follow-tokens [aria-checked="true"]')
    chosen.focus()
    page.keyboard.press("Home")
    assert chosen.text_content() == "start"
    page.keyboard.press("ArrowRight")
    assert chosen.text_content() == "Mia"
    page.get_by_role("button", name="Ben was sad.").click()
    assert page.text_content(".ml-follow-gloss") == "a gloss"
    page.get_by_role("button", name="Go to block 3 MLP").click()
    assert "Block 3: what the MLP adds" in page.text_content(".ml-follow-title")
    page.locator(".ml-follow-strip").first.hover()
    assert re.search(rf"before, number \d+ of {WIDTH}: ", page.text_content(".ml-follow-readout >> nth=0"))
    page.get_by_role("button", name="Go to embedding").click()
    page.get_by_role("button", name="Back").click()
    assert page.get_by_role("button", name="Back").is_disabled()


def test_a_sentence_of_ones_own_is_computed_as_stored_ones_are(page):
    text = next(iter(TEXTS))

    def everything():
        page.get_by_label("Stage", exact=True).fill("31")
        way = page.eval_on_selector_all(".ml-follow-way li", "all => all.map((one) => one.textContent)")
        page.get_by_role("button", name="Go to block 2 attention").click()
        strips = page.eval_on_selector_all(
            ".ml-follow-strip", "all => all.map((one) => one.getAttribute('aria-label'))"
        )
        return way, strips

    kept = everything()
    page.get_by_label("Your own sentence").fill(text)
    page.get_by_role("button", name="Follow it").click()
    page.wait_for_selector('.ml-att-choices button[aria-pressed="true"]', state="detached")
    live = everything()
    assert live[0] == kept[0]
    for one, other in zip(kept[1], live[1], strict=True):
        assert np.allclose(numbers(one), numbers(other), atol=0.021)
    page.get_by_label("Your own sentence").fill("very " * 60)
    page.keyboard.press("Enter")
    page.wait_for_selector('[role="alert"]:not([hidden])')
    assert "take at most 40" in page.text_content('[role="alert"]')


def test_a_model_of_the_readers_own_is_followed():
    tokenizer = CharacterTokenizer("abc .")
    own = Pretrained(lively_gpt(vocab_size=tokenizer.vocab_size), tokenizer, {}, [])
    explorable = follow_a_token(own, "a cab.")
    assert explorable.data["model"] is None and explorable.pretrained is own
    assert explorable.data["layers"] == 2 and len(explorable.data["texts"][0]["end"][-1]) == tokenizer.vocab_size
