"""With a model of engagement it chooses channel and hour, and says what it rests on."""

from builders import DAY_MS, HOUR_MS, NOW, a_request, a_user, an_event, knowledge
from models import a_model, rates_of, taught

from tactful.models import Task
from tactful.models.snapshot import Pair
from tactful.policy import Timing
from tactful.records import Priority, Reason, Verdict

WAITS = Timing(best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS})


def test_the_channel_of_the_highest_utility_by_the_model_is_taken() -> None:
    known = taught(knowledge(), a_model(channel__email=-2.0, channel__push=1.0))
    entry = a_user(known).asked(a_request())
    assert (entry.verdict, entry.channel) == (Verdict.SEND, "push")
    assert entry.model_versions == {"engagement": "engagement-1"}


def test_without_the_model_the_rates_decide_as_before() -> None:
    known = taught(knowledge(), a_model(Task.CHURN, channel__push=9.0))
    entry = a_user(known).asked(a_request())
    assert entry.channel == "email"
    assert entry.scoring is None
    assert "engagement 30.0%, 100% of it from all users" in entry.explanation


def test_it_waits_for_the_hour_that_the_model_prefers() -> None:
    known = taught(knowledge(timing=WAITS), a_model(hour__18=2.0, hour__12=-1.0))
    entry = a_user(known).asked(a_request())
    assert (entry.verdict, entry.reason) == (Verdict.HOLD, Reason.BEST_TIME)
    assert entry.reconsider_at_ms == NOW + 6 * HOUR_MS
    assert "mostly hour:18 +2.00" in entry.explanation


def test_a_gain_below_the_policy_s_least_is_not_waited_for() -> None:
    known = taught(knowledge(timing=WAITS), a_model(hour__18=0.01))
    assert a_user(known).asked(a_request()).verdict is Verdict.SEND


def test_what_may_be_refused_costs() -> None:
    """Push is engaged with a little more, and refused far more."""
    engaged = a_model(channel__push=0.2)
    refused = a_model(Task.NEGATIVE, intercept=-8.0, channel__push=5.0)
    assert a_user(taught(knowledge(), engaged)).asked(a_request()).channel == "push"
    entry = a_user(taught(knowledge(), engaged, refused)).asked(a_request())
    assert entry.channel == "email"
    assert entry.scoring is not None
    assert entry.scoring.negative_prob is not None
    assert "refusal 0.03%" in entry.explanation


def test_a_user_who_turns_up_is_worth_what_the_model_says_of_presence() -> None:
    known = taught(knowledge(timing=WAITS), a_model(hour__18=1.0, present=3.0))
    user = a_user(known)
    assert user.asked(a_request()).verdict is Verdict.HOLD
    user.take(an_event(at_ms=NOW + HOUR_MS), NOW + HOUR_MS)
    assert user.verdicts() == ["hold best_time", "send allowed"]


def test_the_explanation_names_the_top_features_and_the_shares() -> None:
    known = taught(
        knowledge(), a_model(intercept=-1.2, type__promotion=0.8, channel__email=0.3, hour__12=0.1)
    )
    entry = a_user(known).asked(a_request())
    assert entry.explanation == (
        "sent on email, the best of 3 of 3 channels (engagement 50.0%: mostly type:promotion "
        "+0.80, channel:email +0.30, hour:12 +0.10; the rate on email is 0% from the user's own "
        "sends, 100% from the policy)"
    )
    assert entry.scoring is not None
    assert entry.scoring.engage_prob == 0.5
    assert entry.scoring.because == {
        "type:promotion": 0.8,
        "channel:email": 0.3,
        "hour:12": 0.1,
    }


def test_with_rates_the_segment_has_its_share() -> None:
    rates = rates_of({"": {"email": Pair(80.0, 8.0)}, "new": {"email": Pair(60.0, 30.0)}})
    user = a_user(taught(knowledge(), a_model(), rates))
    entry = user.asked(a_request())
    scoring = entry.scoring
    assert scoring is not None
    assert scoring.segment == "new"
    # Everyone's rate weighs as much as 20 sends, the policy's 20 of the 100 that make it.
    assert scoring.segment_share == 60 / (60 + 20)
    assert "75% from users who are new, 25% from everyone" in entry.explanation


def test_who_is_new_is_sent_to_when_users_alike_engage() -> None:
    evening = (*(0.0,) * 18, 500.0, *(0.0,) * 5)
    follows = a_model(rhythm_log=1.0)
    for hours, verdict in ((evening, Verdict.HOLD), (None, Verdict.SEND)):
        table = {} if hours is None else {"new": hours}
        known = taught(knowledge(timing=WAITS), follows, rates_of({}, table))
        entry = a_user(known).asked(a_request())
        assert entry.verdict is verdict
        if verdict is Verdict.HOLD:
            assert entry.reconsider_at_ms == NOW + 6 * HOUR_MS


def test_the_user_s_own_share_grows_with_labelled_sends() -> None:
    user = a_user(taught(knowledge(), a_model(channel__email=3.0)))
    own = []
    for day in range(10):
        entry = user.asked(a_request(f"r{day}", at_ms=NOW + 3 * day * DAY_MS))
        assert entry.scoring is not None
        own.append(entry.scoring.own_share)
    assert own == sorted(own)
    assert own[0] == 0.0
    # A label window of a day: the first send is labelled when the second goes out.
    assert abs(own[1] - 0.5) < 1e-6
    assert own[-1] > 0.4
