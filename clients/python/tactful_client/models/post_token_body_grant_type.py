from typing import Literal

PostTokenBodyGrantType = Literal["client_credentials"]

POST_TOKEN_BODY_GRANT_TYPE_VALUES: set[PostTokenBodyGrantType] = {
    "client_credentials",
}


def check_post_token_body_grant_type(value: str) -> PostTokenBodyGrantType:
    if value in POST_TOKEN_BODY_GRANT_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {POST_TOKEN_BODY_GRANT_TYPE_VALUES!r}"
    )
