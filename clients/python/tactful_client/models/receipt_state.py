from typing import Literal

ReceiptState = Literal["accepted", "done"]

RECEIPT_STATE_VALUES: set[ReceiptState] = {
    "accepted",
    "done",
}


def check_receipt_state(value: str) -> ReceiptState:
    if value in RECEIPT_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RECEIPT_STATE_VALUES!r}")
