"""What can't be evaluated at all; what can, but should not be trusted, is a warning (`trust`)."""


class EvaluationError(ValueError):
    """The data do not allow the estimate; the message names the field, the found, the allowed."""
