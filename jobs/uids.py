"""A uid for every operator of a job, those included that the Table API makes.

State is found again by uid after an upgrade. The Table API numbers its operators by the whole plan,
so that a new one anywhere would move them; here an operator's uid says which stream it belongs to
and how far it is from its end.
"""

from typing import Any

REQUIRE_UIDS = {"pipeline.auto-generate-uids": "false"}
"""With this Flink refuses a job in which an operator has no uid."""


def give_uids(stream: Any, word: str) -> None:
    """Give the operators that make a stream their uids.

    Args:
        stream: a data stream; its operators must not belong to another named stream as well.
        word: what the uids start with.
    """
    _give([stream._j_data_stream.getTransformation()], word)  # noqa: SLF001 - no public way


def give_uids_to_the_rest(environment: Any, word: str) -> None:
    """The same for all operators of the job that have none yet: the sinks, from their end."""
    _give(list(environment._j_stream_execution_environment.getTransformations()), word)  # noqa: SLF001


def _give(level: list[Any], word: str) -> None:
    depth = 0
    while level:
        before = []
        for number, transformation in enumerate(level):
            if transformation.getUid() is None:
                transformation.setUid(f"{word}-{depth}" + (f"-{number}" if number else ""))
            before.extend(transformation.getInputs())
        level, depth = before, depth + 1
