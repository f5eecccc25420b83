"""What a condition may not hold: the clock, chance, and what takes time or memory without bound."""

import decimal
import subprocess
import sys

import pytest
from builders import a_request

from tactful.conditions import ConditionError, check, holds
from tactful.conditions.language import MAX_CHARS, MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # The clock, chance, and all else that the library has built in.
        ("$now.year > 2025", "built-in names ($now)"),
        ("$random > 0.5", "built-in names ($random)"),
        ("$today == x", "built-in names ($today)"),
        ("$pi > 3", "built-in names ($pi)"),
        ("$random() > 0.5", "functions"),
        # Comprehensions, ranges, and functions that take functions.
        ("[x for x in y]", "comprehensions"),
        ("[x for x in $range(1000000000)].length > 0", "comprehensions"),
        ("$range(1000000000).length > 0", "functions"),
        ("$map(f, x) == y", "functions"),
        ("order(1)", "functions"),
        ("order.total(1)", "functions"),
        ('"6162".encode("hex") == x', "functions"),
        # Numbers without bound.
        ("9 ** 9 ** 9 > 1", "powers"),
        ("x ** y > 1", "powers"),
        ("1 << 99999999999 > 1", "shifts"),
        ("x >> 1 == 1", "shifts"),
        ("x & 1 == 1", "bitwise"),
        ("x | y", "bitwise"),
        ("x ^ y", "bitwise"),
        ("x > 1e999999999999999999", "the number 1e999999999999999999"),
        ("x > 1e-400", "the number 1e-400"),
        ("x > 0x" + "f" * 900, "the number 0xffffff"),
        ("x < inf", "the number inf"),
        ("x == nan", "the number nan"),
        # Regular expressions.
        ('name =~ "(a+)+$"', "regular expressions"),
        ('name =~~ "x"', "regular expressions"),
        ('name !~ "x"', "regular expressions"),
        ('name !~~ "x"', "regular expressions"),
        # Values that data never have.
        ('at > d"2026-01-01"', "dates"),
        ('at > t"P1D"', "time spans"),
        ('b"x" == name', "bytes"),
        ('{"a": 1} == order', "mappings"),
        ("name[1:2] == name", "slices"),
        # However deep they stand.
        ("a or (b and not (c ?? [d, e[9 ** 9]]))", "powers"),
        ("a == b ? c : d.starts_with($now)", "built-in names ($now)"),
        ("{a, b << 2}", "shifts"),
    ],
)
def test_what_is_not_allowed_is_named(text: str, said: str) -> None:
    with pytest.raises(ConditionError, match="allowed") as caught:
        check(text)
    assert said in str(caught.value)
    assert not holds(text, a_request(), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"),
        ("a ==", "ends too early"),
        ("(a", "ends too early"),
        ("[1, 2", "ends too early"),
        ("a b", "from character 3 on ('b')"),
        ("a = b", "from character 3 on"),
        ("a == 5 and and b", "from character 12 on ('and')"),
        ("# nothing", "from character 1 on"),
        ('a == "x', "from character 6 on"),
        ("\x00", "from character 1 on"),
        ("a == 🎉", "from character 6 on"),
        ("import os", "from character 8 on"),
        ("lambda: 1", "from character 7 on"),
        ("while x", "keyword"),
        ("a == 007", "floating point"),
        ('"\\x" == a', "string"),
        ('5 > "a"', "mismatch"),
        ("null > 5", "mismatch"),
        ("1 / 0 == a", "zero"),
        ("1 in 5", "mismatch"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConditionError) as caught:
        check(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "nested",
    [
        "not " * 240 + "a",
        "-" * 900 + "1",
        "[" * 480 + "]" * 480,
        "a" + ".b" * 480,
        "a" + "[0]" * 300,
        " + ".join("a" * 240),
        " or ".join("a" * 180),
        "a ? b : " * 110 + "c",
        " ?? ".join("a" * 190),
    ],
)
def test_what_is_too_deep_is_refused_however_it_is_nested(nested: str) -> None:
    assert len(nested) <= MAX_CHARS
    with pytest.raises(ConditionError, match=f"more than {MAX_DEPTH} deep"):
        check(nested)


def test_brackets_make_nothing_deep() -> None:
    text = "(" * 400 + "age" + ")" * 400
    check(text)
    assert holds(text, a_request(), {"age": 1})


def test_a_text_may_be_so_long_and_no_longer() -> None:
    name = "a" * MAX_CHARS
    check(name)
    assert holds(name, a_request(data={name: 1}), {})
    with pytest.raises(ConditionError, match="1001 characters, allowed: up to 1000"):
        check(name + "a")


def test_a_list_may_be_as_long_as_the_text_allows() -> None:
    codes = [f'"C{number}"' for number in range(100)]
    check(f"country in [{', '.join(codes)}]")
    assert holds(f"country in [{', '.join(codes)}]", a_request(), {"country": "C99"})


def test_numbers_stay_small_however_they_are_multiplied() -> None:
    product = " * ".join(["big"] * 40)
    check(product)
    # Beyond 1e999 nothing can be said.
    assert not holds(f"{product} > 1", a_request(data={"big": 1e300}), {})
    assert holds("big * big * big > 1", a_request(data={"big": 1e300}), {})
    assert not holds(f"items[{product}] == null", a_request(data={"items": [1], "big": 1e300}), {})


def test_a_caller_s_decimal_settings_change_nothing() -> None:
    text = "total / 3 * 3 > 0.99999"
    check(text)
    with decimal.localcontext(decimal.Context(prec=1)):
        check("total / 3 * 3 > 0.999999")
        assert holds(text, a_request(data={"total": 1}), {})
        assert holds("total / 3 * 3 > 0.999999", a_request(data={"total": 1}), {})


def test_the_library_is_loaded_only_where_there_are_conditions() -> None:
    """It takes half a second, which every command line would wait for."""
    code = "import sys, tactful.policy.check; sys.exit('rule_engine' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
