"""The best assignment, against trying every one."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.verdict.assignment import assign


def test_a_strict_expectation_gets_the_item_that_a_loose_one_could_have_taken():
    # item 0 satisfies both expectations, item 1 only the loose one (0)
    assert assign([[0, 1], [0]], [1, 1]) == {0: 1, 1: 0}


def test_a_chain_of_displacements():
    assert assign([[0, 1], [1, 2], [0], [2, 3]], [1, 1, 1, 1]) == {0: 1, 1: 2, 2: 0, 3: 3}


def test_earlier_items_go_first_among_equals():
    assert assign([[0], [0], [0]], [2]) == {0: 0, 1: 0}


def test_ten_thousand_equal_items_are_one_class():
    items = [[0, 1]] * 10_000 + [[1]] * 10_000
    assigned = assign(items, [9_000, 10_500])
    assert len(assigned) == 19_500
    assert sum(expectation == 0 for expectation in assigned.values()) == 9_000


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.lists(st.integers(0, 2), unique=True, max_size=3), max_size=5),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_no_other_assignment_places_more(matches, demand):
    assigned = assign(matches, demand)
    assert all(expectation in matches[item] for item, expectation in assigned.items())
    taken = list(assigned.values())
    assert all(taken.count(expectation) <= demand[expectation] for expectation in range(3))
    assert len(assigned) == _most(matches, demand)


def _most(matches: list[list[int]], demand: list[int]) -> int:
    best = 0
    for choice in product(*([None, *wanted] for wanted in matches)):
        placed = [expectation for expectation in choice if expectation is not None]
        if all(placed.count(expectation) <= demand[expectation] for expectation in range(3)):
            best = max(best, len(placed))
    return best
