"""What a model has learned from, counted for its card."""

from typing import Any

from tactful.records import Example

MAX_NAMES = 32
"""Names counted of a sort; further ones count as `others`."""
OTHERS = "others"
_SORTS = ("channels", "types", "segments", "policies")


class Census:
    """Counts and times of the examples."""

    def __init__(self) -> None:
        self.examples = 0
        self.corrections = 0
        self.refused = 0
        self.first_at_ms = 0
        self.last_at_ms = 0
        self.labelled_at_ms = 0
        self.counts: dict[str, dict[str, int]] = {sort: {} for sort in _SORTS}

    def count(self, example: Example) -> None:
        """One more example."""
        self.examples += 1
        self.first_at_ms = min(self.first_at_ms or example.at_ms, example.at_ms)
        self.last_at_ms = max(self.last_at_ms, example.at_ms)
        self.seen(example)
        for sort, name in zip(
            _SORTS,
            (example.channel, example.type, example.segment, example.policy_version),
            strict=True,
        ):
            if name:
                of_sort = self.counts[sort]
                if name not in of_sort and len(of_sort) >= MAX_NAMES:
                    name = OTHERS  # noqa: PLW2901
                of_sort[name] = of_sort.get(name, 0) + 1

    def seen(self, example: Example) -> None:
        """The time of the labels goes on."""
        self.labelled_at_ms = max(self.labelled_at_ms, example.labelled_at_ms)

    def told(self) -> dict[str, Any]:
        """For the card."""
        return {
            "examples": self.examples,
            "corrections": self.corrections,
            "refused": self.refused,
            "first_decided_at_ms": self.first_at_ms,
            "last_decided_at_ms": self.last_at_ms,
            "last_labelled_at_ms": self.labelled_at_ms,
            **{sort: dict(sorted(names.items())) for sort, names in self.counts.items()},
        }

    def numbers(self) -> dict[str, Any]:
        """All of it."""
        return dict(vars(self))

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from `numbers`."""
        vars(self).update(numbers)
