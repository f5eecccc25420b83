"""Consent: what is allowed, and what to write so that a yes or a no holds everywhere."""

from collections.abc import Iterable, Mapping


def allowed(consent: Mapping[str, bool], purpose: str, channel: str, *, opt_in: bool) -> bool:
    """Whether there is consent: the most specific word counts, then the purpose's default."""
    for key in (f"{purpose}:{channel}", channel, purpose):
        if key in consent:
            return consent[key]
    return not opt_in


def allow_purpose(
    consent: Mapping[str, bool] | None, purpose: str, channels: Iterable[str], *, on: bool
) -> dict[str, bool | None]:
    """A yes or no to a purpose on all channels: more specific words that differ are taken back.

    Where nobody knows what was said before (None), each channel gets the word too.
    """
    if consent is None:
        return {purpose: on, **{f"{purpose}:{channel}": on for channel in channels}}
    change: dict[str, bool | None] = {purpose: on}
    change |= {key: None for key in consent if key.startswith(f"{purpose}:")}
    for channel in channels:
        # The channel's own word is of all purposes, so it stays; this purpose gets its own there.
        if consent.get(channel, on) is not on:
            change[f"{purpose}:{channel}"] = on
    return change


def allow_on_channel(purpose: str, channel: str, *, on: bool) -> dict[str, bool | None]:
    """A yes or no to a purpose on one channel."""
    return {f"{purpose}:{channel}": on}
