"""What can go wrong with the local stack, always together with its cure."""


class StackError(Exception):
    """Something the person at the keyboard can mend.

    Args:
        problem: what was found, in one sentence.
        cure: what to do about it.
    """

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(f"{problem}\n{cure}" if cure else problem)
        self.problem = problem
        self.cure = cure
