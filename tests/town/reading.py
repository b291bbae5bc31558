"""Work for a process of its own: stories told and read back."""

from minillm import town


def read_back(lang, first, last):
    """Tell the plans of these seeds, every tenth of "combinations", and parse them: (stories read, complaints)."""
    complaints = []
    for seed in range(first, last):
        plan = town.plan(seed, "combinations" if seed % 10 == 0 else None)
        story = town.tell(plan, lang, seed)
        read = town.parse(story.text, lang)
        same = read.plan == plan and read.plan.cast == plan.cast and read.wording == story.wording
        if not same or read.plan.split != plan.split or not 4 <= len(plan.events) <= 12:
            complaints.append(str(story))
        assert plan.world.history
    return last - first, complaints


def drawn(count, workers):
    """Whether stories drawn by several processes are those of one, in the same order."""
    alone = list(town.stories("train", "zh", count, seed=4))
    together = list(town.stories("train", "zh", count, seed=4, workers=workers))
    return alone == together and all(
        one.wording == other.wording and one.plan.beats == other.plan.beats and one.plan.cast == other.plan.cast
        for one, other in zip(alone, together, strict=True)
    )
