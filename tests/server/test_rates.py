"""So many calls at once and so many a second."""

import pytest

from automl_tl.errors import InvalidInput, RateLimited
from automl_tl.server.rates import RateLimit, Rates


def allowed(rates, key, tries):
    count = 0
    for _ in range(tries):
        try:
            rates.take(key)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_burst_then_the_rate(clock):
    rates = Rates(RateLimit(2.0, burst=5), clock=clock)
    assert allowed(rates, "a", 10) == 5
    clock.now += 1.5
    assert allowed(rates, "a", 10) == 3
    clock.now += 1000
    assert allowed(rates, "a", 10) == 5


def test_callers_do_not_share(clock):
    rates = Rates(RateLimit(1.0, burst=1), clock=clock)
    assert [allowed(rates, key, 2) for key in "ab"] == [1, 1]


def test_the_wait_is_told_and_is_enough(clock):
    rates = Rates(RateLimit(4.0, burst=1), clock=clock)
    rates.take("a")
    with pytest.raises(RateLimited, match="more than 4 calls a second") as caught:
        rates.take("a")
    assert caught.value.retry_seconds == pytest.approx(0.25)
    clock.now += caught.value.retry_seconds
    rates.take("a")


def test_no_rate_is_no_limit_and_costs_no_memory():
    rates = Rates(RateLimit())
    assert allowed(rates, "a", 1000) == 1000
    assert not rates._buckets


def test_the_number_of_callers_is_bounded(clock):
    rates = Rates(RateLimit(1.0), clock=clock)
    for number in range(10_000):
        rates.take(str(number))
    assert len(rates._buckets) <= 4096


@pytest.mark.parametrize("values", [(-1.0, 5), (1.0, 0)])
def test_senseless_limits_are_refused(values):
    with pytest.raises(InvalidInput):
        RateLimit(*values)
