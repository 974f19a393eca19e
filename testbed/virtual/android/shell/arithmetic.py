"""`$((...))`: whole numbers, variables, parentheses, and the operators of C that scripts use."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(r"\s*(?:(\d+)|\$?([A-Za-z_]\w*)|(\|\||&&|[<>=!]=|[-+*/%()<>!]))")
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))
_WRAP = 1 << 32
"""mksh counts in 32 bits."""


class BadNumber(Exception):
    """What is no expression."""


def evaluate(text: str, value: Callable[[str], str | None]) -> int:
    tokens = _tokens(text, value)
    result = _binary(tokens, 0)
    if tokens:
        raise BadNumber(f"{text}: unexpected '{tokens[0]}'")
    return _wrapped(result)


def _tokens(text: str, value: Callable[[str], str | None]) -> list[str | int]:
    tokens: list[str | int] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadNumber(f"{text}: unexpected '{text[at:].strip()[0]}'")
        number, name, operator = match.groups()
        if name:
            number = value(name) or "0"
            if not re.fullmatch(r"-?\d{1,10}", number):
                raise BadNumber(f"{number}: bad number")
        tokens.append(operator or _wrapped(int(number)))
        at = match.end()
    if len(tokens) > 200:
        raise BadNumber("expression is too long")
    return tokens


def _binary(tokens: list[str | int], level: int) -> int:
    if level == len(_LEVELS):
        return _unary(tokens)
    left = _binary(tokens, level + 1)
    while tokens and tokens[0] in _LEVELS[level]:
        operator = str(tokens.pop(0))
        left = _applied(operator, left, _binary(tokens, level + 1))
    return left


def _unary(tokens: list[str | int]) -> int:
    match tokens.pop(0) if tokens else None:
        case int(number):
            return number
        case "-":
            return -_unary(tokens)
        case "+":
            return _unary(tokens)
        case "!":
            return int(not _unary(tokens))
        case "(":
            inner = _binary(tokens, 0)
            if not tokens or tokens.pop(0) != ")":
                raise BadNumber("missing ')'")
            return inner
        case other:
            raise BadNumber(f"unexpected '{other or 'end of expression'}'")


def _applied(operator: str, left: int, right: int) -> int:
    if operator in "/%" and not right:
        raise BadNumber("divide by zero")
    match operator:
        case "+":
            return _wrapped(left + right)
        case "-":
            return _wrapped(left - right)
        case "*":
            return _wrapped(left * right)
        case "/":
            return int(left / right)
        case "%":
            return left - right * int(left / right)
        case "||":
            return int(bool(left) or bool(right))
        case "&&":
            return int(bool(left) and bool(right))
    compared = {"==": left == right, "!=": left != right, "<=": left <= right, ">=": left >= right,
                "<": left < right, ">": left > right}  # fmt: skip
    return int(compared[operator])


def _wrapped(number: int) -> int:
    return (number + _WRAP // 2) % _WRAP - _WRAP // 2
