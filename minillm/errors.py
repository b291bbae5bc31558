"""Every error that a reader can cause, by name.

Each message names the offending value, the allowed range and the change that repairs it.
"""


class MinillmError(ValueError):
    """Base class of all errors raised on purpose by minillm."""


class ConfigError(MinillmError):
    """A configuration that cannot be built, such as heads that do not divide the width."""


class MaskError(MinillmError):
    """An attention mask that fits no query and key, or that hides everything."""


class UnknownCharacterError(MinillmError):
    """A text holds a character that the tokenizer has never seen."""


class SpecialTokenError(MinillmError):
    """A text spells out a special token although it may not."""


class PromptError(MinillmError):
    """A text is empty, does not fit in the context, or holds a token that the model does not know."""


class SamplingError(MinillmError):
    """A sampling setting is out of range, such as a negative temperature."""


class CheckpointError(MinillmError):
    """A checkpoint is missing, damaged, foreign, or cannot be written."""


class MissingPackageError(MinillmError, ImportError):
    """A package that only some functions need is not installed."""


class ParseError(MinillmError):
    """A text is not a story of the town."""


class DivergedError(MinillmError):
    """The training loss is no longer a finite number."""


class WorkerError(MinillmError):
    """A process that was to help has failed, has died, or does not answer."""


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C after its state had been kept."""
