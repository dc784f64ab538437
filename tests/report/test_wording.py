"""Numbers as people read them."""

import pytest

from automl_tl.finetune.evaluation import Interval
from automl_tl.report import wording


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (wording.percent(0.9642), "96.4 %"),
        (wording.percent(None), wording.NOT_MEASURED),
        (wording.percent(float("nan")), wording.NOT_MEASURED),
        (wording.figure(0.5, "balanced_accuracy"), "50.0 %"),
        (wording.figure(0.5, "log_loss"), "0.500"),
        (wording.interval(Interval(0.5, 0.4, 0.6), "accuracy"), "40.0 % to 60.0 %"),
        (wording.interval(Interval(0.5, float("nan"), float("nan")), "accuracy"), wording.UNKNOWN),
        (wording.points_interval(float("nan"), float("nan"), "accuracy"), wording.UNKNOWN),
        (wording.signed_points(0.032, "accuracy"), "+3.2 points"),
        (wording.signed_points(-0.032, "log_loss"), "\N{MINUS SIGN}0.032"),
        (wording.signed_points(float("nan"), "accuracy"), wording.NOT_MEASURED),
        (wording.points_interval(-0.01, 0.07, "accuracy"), "\N{MINUS SIGN}1.0 to +7.0 points"),
        (wording.count(1234567), "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"),
        (wording.quantity(0.8668, "ms"), "0.867 ms"),
        (wording.quantity(1240.4, "MB"), "1\N{NARROW NO-BREAK SPACE}240 MB"),
        (wording.quantity(99.96), "100"),
        (wording.quantity(float("nan"), "ms"), wording.NOT_MEASURED),
        (wording.plural(1, "set"), "1 set"),
        (wording.plural(2, "class", "classes"), "2 classes"),
        (wording.duration(0.44), "0.4 s"),
        (wording.duration(0.05), "0.05 s"),
        (wording.duration(59.6), "1 min 0 s"),
        (wording.duration(187), "3 min 7 s"),
        (wording.duration(7500), "2 h 5 min"),
        (wording.metric_label("macro_f1"), "macro f1"),
        (wording.metric_label("rmse"), "root mean squared error"),
        (wording.figure(0.5, "r2"), "0.500"),
        (wording.figure(12.3456, "mae"), "12.35"),
        (wording.figure(float("nan"), "mae"), wording.NOT_MEASURED),
        (wording.signed_points(-1923.28, "rmse"), "\N{MINUS SIGN}1923"),
        (wording.signed_points(0.25, "mae"), "+0.25"),
        (wording.digits(1016543.0), "1\N{NARROW NO-BREAK SPACE}017\N{NARROW NO-BREAK SPACE}000"),
        (wording.digits(-0.0123456), "\N{MINUS SIGN}0.01235"),
        (wording.digits(1.5e12), "1.5e+12"),
        (wording.digits(0.0), "0"),
        (wording.strategy_label("full_finetune"), "full fine-tuning"),
        (wording.strategy_label("some_plugin"), "some plugin"),
        (wording.strategy_label("some_plugin", "with two more"), "some plugin, with two more"),
        (wording.shorten("short", 10), "short"),
        (wording.shorten("abcdefghijklmnopqrst", 10), "abcdef…rst"),
    ],
)
def test_known_wordings(written, expected):
    """Each rule once."""
    assert written == expected
