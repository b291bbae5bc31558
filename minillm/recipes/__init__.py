"""Recipes: one file that says everything needed to train a model again: text, tokenizer, shape, schedule, seed."""

from minillm.recipes.recipe import TOKENIZERS, Recipe, TextConfig, round_to_half

__all__ = ["TOKENIZERS", "Recipe", "TextConfig", "round_to_half"]
