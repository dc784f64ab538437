"""The first Ctrl-C asks, the second one interrupts."""

import os
import signal

import pytest

from automl_tl.cli.interrupts import cancel_on_interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_politely(number):
    heard = []
    with cancel_on_interrupt(lambda: heard.append(1)) as cancelled:
        assert not cancelled()
        os.kill(os.getpid(), number)
        assert cancelled()
    assert heard == [1]


def test_the_second_signal_interrupts():
    with cancel_on_interrupt(lambda: None):
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with cancel_on_interrupt(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
