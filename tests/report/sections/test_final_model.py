"""The section ``final_model`` keeps the contract of sections."""

from automl_tl.report.sections.final_model import MakingOfTheModel
from automl_tl.testing.report_sample import sample_image_report, sample_text_report
from automl_tl.testing.report_section import ReportSectionContract


class TestContract(ReportSectionContract):
    section = MakingOfTheModel()


def test_each_step_says_whether_it_was_kept_and_by_which_numbers():
    """Gain, standard error and the examples on which they were measured."""
    html = str(MakingOfTheModel().render(sample_image_report()))
    assert "accuracy 84.0 % to 91.0 %: a gain of +7.0 points with a standard error of 2.1 points" in html
    assert "200 examples of the training rows, held out in turn" in html
    assert html.count('<td class="whole">kept</td>') == 1
    assert html.count('<td class="whole">not kept</td>') == 2
    assert "(share 0.750)" in html
    assert "the time set aside for it was used up" in html


def test_without_decisions_there_is_no_section():
    """A report of an older job."""
    assert not MakingOfTheModel().applies(sample_text_report())
