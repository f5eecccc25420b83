"""What is forgotten first when a profile has too many fields."""

from builders import a_request, a_user, an_update

from tactful.profile.fields import MAX_FIELDS


def test_a_no_to_a_channel_is_not_forgotten_for_newer_yeses() -> None:
    user = a_user(consent={"marketing": True, "marketing:email": False})
    for number in range(MAX_FIELDS + 10):
        user.take(an_update(f"more-{number}", consent={f"marketing:channel-{number}": True}))
    verdict = user.asked(a_request(channels=["email"]))
    assert (verdict.verdict, verdict.reason) == ("suppress", "consent")


def test_an_empty_address_is_no_address() -> None:
    user = a_user(identifiers={"email": ""})
    verdict = user.asked(a_request(channels=["email"]))
    assert (verdict.verdict, verdict.reason) == ("suppress", "unreachable")
