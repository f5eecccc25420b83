"""What a simulated user, and the provider before them, answers to a notification."""

from tactful.records import Decision, Feedback, Outcome
from tactful.simulator.draws import chance, uniform
from tactful.simulator.people import Person

_DELIVERED_PROB = 0.98
_CLICK_PROB = 0.35
_CONVERT_PROB = 0.25
_DISMISS_PROB = 0.30
_UNSUBSCRIBE_PROB = 0.01
_WITHOUT_OPENS = ("sms", "voice")
"""Channels that can't tell an open: a click is the first answer there."""


def reactions(person: Person, decision: Decision, seed: int, hurry: float = 1.0) -> list[Feedback]:
    """The feedback to one decision, in the order of its times.

    Args:
        person: Who gets the notification.
        decision: What was sent.
        seed: Another seed, other answers.
        hurry: Divides the time that people take, so that a short run sees answers.
    """
    about = (seed, decision.decision_id)
    now_ms = float(decision.decided_at_ms)
    out: list[Feedback] = []

    def answer(outcome: Outcome, after_ms: float) -> None:
        nonlocal now_ms
        now_ms += after_ms / hurry
        out.append(
            Feedback(
                id=f"{decision.decision_id}-{outcome.value}",
                user_id=person.user_id,
                decision_id=decision.decision_id,
                channel=decision.channel,
                outcome=outcome,
                at_ms=int(now_ms),
            )
        )

    def takes_ms(mean_ms: float, what: str) -> float:
        return mean_ms * (0.2 + 1.6 * uniform(*about, what))

    if not chance(_DELIVERED_PROB, *about, "delivered"):
        failed = Outcome.BOUNCED if decision.channel == "email" else Outcome.FAILED
        answer(failed, takes_ms(2_000, "failed"))
        return out
    answer(Outcome.DELIVERED, takes_ms(1_500, "delivered"))
    engage_prob = person.engage_prob.get(decision.channel, 0.1)
    if chance(engage_prob, *about, "engages"):
        if decision.channel not in _WITHOUT_OPENS:
            answer(Outcome.OPENED, takes_ms(60_000, "opened"))
        if decision.channel in _WITHOUT_OPENS or chance(_CLICK_PROB, *about, "clicks"):
            answer(Outcome.CLICKED, takes_ms(20_000, "clicked"))
            if chance(_CONVERT_PROB, *about, "converts"):
                answer(Outcome.CONVERTED, takes_ms(60_000, "converted"))
    elif chance(_UNSUBSCRIBE_PROB, *about, "unsubscribes"):
        answer(Outcome.UNSUBSCRIBED, takes_ms(60_000, "unsubscribed"))
    elif chance(_DISMISS_PROB, *about, "dismisses"):
        answer(Outcome.DISMISSED, takes_ms(30_000, "dismissed"))
    return out
