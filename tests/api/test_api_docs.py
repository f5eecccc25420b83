"""The pages on the API and its security say what the code says."""

import pytest
from write_api_tables import API, SECURITY, pages


@pytest.mark.parametrize("page", [API, SECURITY], ids=lambda page: page.name)
def test_the_tables_of_a_page_are_those_of_the_code(page: object) -> None:
    wanted = pages()[page]  # type: ignore[index]
    told = page.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert told == wanted, "run `python tests/api/write_api_tables.py`"
