"""Exercises that say what is wrong, and quizzes that explain every option.

A chapter ends with ``check("chapter.exercise", answer)`` and ``quiz("chapter")``. The checkers of a chapter live in the
module of its name (``scaled-dot-product`` in ``scaled_dot_product.py``), its quiz in ``quizzes/<chapter>.json``.
"""

from minillm.exercises.comparison import difference
from minillm.exercises.quizzes import quiz
from minillm.exercises.registry import Result, check, exercise, names

__all__ = ["Result", "check", "difference", "exercise", "names", "quiz"]
