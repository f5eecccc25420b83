"""The bound below which a slot needs no looking at: the worst of the best few found so far."""

from heapq import heappush, heapreplace


class Best:
    """The highest utilities among the slots of all channels.

    Args:
        most: how many are wanted.

    >>> best = Best(2)
    >>> for utility in (0.1, 0.3, 0.2):
    ...     best.add(utility)
    >>> best.beats(0.2), best.beats(0.1)
    (False, True)
    """

    __slots__ = ("_heap", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[float] = []

    def add(self, utility: float) -> None:
        """Take in a slot."""
        heap = self._heap
        if len(heap) < self._most:
            heappush(heap, utility)
        elif utility > heap[0]:
            heapreplace(heap, utility)

    def beats(self, utility: float) -> bool:
        """Whether enough were found already that are better than this."""
        return len(self._heap) == self._most and utility < self._heap[0]
