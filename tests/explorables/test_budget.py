"""The page adds up as the calculators do, and says what fits."""

import re

import pytest

from minillm.calculators import HARDWARE, bill, devices_needed, num_parameters, training_flops, training_memory
from minillm.errors import ConfigError
from minillm.explorables import budget
from minillm.models import PRESETS, GPTConfig
from tests.explorables.shown import shown

TINY = GPTConfig(2048, 384, qk_norm=True)


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, budget(others={"tiny": TINY}), request.param) as page:
        yield page


UNITS = {"": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "thousand": 1e3, "million": 1e6, "billion": 1e9}


def amount(text):
    number, unit = re.match(r"\$?([\d.,]+) ?(\w*)", text).groups()
    return float(number.replace(",", "")) * UNITS[unit]


def select(page, model, machine="a100", precision="mixed", optimizer="adamw", texts=0, devices=0):
    label = next(text for text in page.locator("option").all_text_contents() if text.startswith(f"{model} ("))
    page.get_by_label("Model", exact=True).select_option(label=label)
    for name, value in (("Machine", machine), ("Precision", precision), ("Optimizer", optimizer)):
        page.get_by_label(name, exact=True).select_option(value)
    page.get_by_label("Texts at a time").fill(str(texts))
    page.get_by_label("Machines").fill(str(devices))


@pytest.mark.parametrize(
    ("model", "machine", "precision", "optimizer", "texts", "checkpointing"),
    [
        ("gpt2", "a100", "mixed", "adamw", 3, False),
        ("tiny", "cpu-core", "fp32", "muon", 4, False),
        ("gpt3-175b", "h200", "mixed", "adamw", 0, True),
        ("gpt3-175b", "a100", "fp32", "sgd", 0, False),
        ("llama-3-8b", "h100", "bf16", "momentum", 1, True),
        ("bert-large", "t4", "mixed", "adamw", 2, False),
    ],
)
def test_the_sums_are_the_calculators(page, model, machine, precision, optimizer, texts, checkpointing):
    config, hardware = PRESETS.get(model, TINY), HARDWARE[machine]
    select(page, model, machine, precision, optimizer, texts, devices=2)
    page.get_by_label("activation checkpointing").set_checked(checkpointing)
    memory = training_memory(config, 2**texts, None, optimizer, precision, checkpointing)
    one = page.locator(".ml-bud-track").first.get_attribute("aria-label")
    total, *parts = re.findall(r"(?:^All on one machine:|weights|gradients|optimizer|activations) ([\d.,]+ \w+)", one)
    assert amount(total) == pytest.approx(sum(memory.values()), rel=0.051)
    assert [amount(part) for part in parts] == [pytest.approx(size, rel=0.051) for size in memory.values()]

    needed = devices_needed(memory, hardware)
    verdict = page.text_content(".ml-bud-verdict")
    if needed is None:
        assert verdict.startswith("No number of them is enough")
    elif needed == 1:
        assert verdict == f"It fits on one {hardware.title}."
    else:
        assert verdict.startswith(f"It takes {needed:,} × {hardware.title}")

    twenty = 20 * num_parameters(config)
    page.get_by_role("button", name="20 tokens a parameter").click()
    page.get_by_role("button", name="Show the years").click()
    words = page.locator(".ml-bud-verdict + p").text_content()
    mantissa, exponent = re.search(r"Training: ([\d.]+) × 10(\d+) FLOPs", words).groups()
    flops = training_flops(config, twenty, checkpointing=checkpointing)
    assert float(mantissa) * 10 ** int(exponent) == pytest.approx(flops, rel=0.05)
    words = page.text_content(".ml-bud-time")
    if "cent" not in words:
        expected = bill(flops, hardware, precision, utilization=0.4).dollars
        assert amount(re.search(r"\$[\d.,]+(?: \w+)?(?=,)", words)[0]) == pytest.approx(expected, rel=0.06)


def test_more_machines_hold_it_and_are_faster(page):
    select(page, "gpt3-175b")
    page.get_by_role("button", name="Show the years").click()
    page.get_by_label("activation checkpointing").check()
    assert "1 does not." in page.text_content(".ml-bud-verdict")
    page.get_by_label("Machines").fill("10")
    assert "1,024 do." in page.text_content(".ml-bud-verdict")
    assert page.locator(".ml-bud-track").count() == 2
    page.get_by_label("Machines").focus()
    page.keyboard.press("ArrowLeft")
    assert "512 × A100" in page.text_content("#ml-announcer")


def test_the_years_wait_for_the_reader(page):
    select(page, "gpt3-175b")
    page.get_by_label("Machines").press("ArrowRight")
    for place in (".ml-explorable", "#ml-announcer"):
        assert not re.search(r"years? on|\$|kWh", page.locator(place).inner_text())
    button = page.get_by_role("button", name="Show the years")
    assert button.get_attribute("aria-pressed") == "false"
    assert page.locator(".ml-bud-time").is_hidden()

    page.get_by_label("activation checkpointing").focus()
    page.keyboard.press("Tab")
    assert button.evaluate("it => it === document.activeElement")
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    assert button.evaluate("it => it === document.activeElement")  # who uses the keyboard stays there
    assert page.locator(".ml-bud-time").inner_text().startswith("41 years on 2 × A100 80 GB, $")
    assert "41 years on 2 ×" in page.text_content("#ml-announcer")
    page.keyboard.press("Space")
    assert page.locator(".ml-bud-time").is_hidden()
    assert "years" not in page.text_content("#ml-announcer")


def test_the_reserve_is_told_where_it_decides(page):
    """The activations of GPT-3 take 78 GB, and 78 is less than 80."""
    select(page, "gpt3-175b")
    told = "of which a tenth is kept in reserve"
    assert f"do not fit on one A100 80 GB, {told}." in page.text_content(".ml-bud-verdict")
    assert page.text_content(".ml-bud-bars").endswith(f"what one machine has: 80 GB, {told}")
    assert page.locator(".ml-bud-track").first.get_attribute("aria-label").endswith(f"80 GB, {told}")


def test_a_model_brings_the_text_that_it_read(page):
    select(page, "gpt3-175b")
    assert "300 billion tokens" in page.locator("output").filter(has_text="billion").text_content()
    assert "1.7 tokens for each parameter" in page.locator(".ml-bud-verdict + p").text_content()


@pytest.mark.parametrize("arguments", [{"model": "gpt5"}, {"hardware": "abacus"}, {"models": ("gpt2", "x")}])
def test_what_is_not_known_is_refused(arguments):
    with pytest.raises(ConfigError, match="machines"):
        budget(**arguments)
