"""Reading the standard library as text."""

import json as json_module
import sys

from automl_tl.zoo.starter.text_sources.documentation import TOPICS
from automl_tl.zoo.starter.text_sources.standard_library import HELD_OUT_PACKAGES, docstrings, windows


def test_finds_the_docstrings_of_a_package():
    """What Python itself shows as the docstring is among them, with white space made single."""
    assert " ".join(json_module.dumps.__doc__.split()) in docstrings("json")


def test_nothing_is_imported():
    """Reading ``antigravity`` opens no browser, and tkinter needs no screen."""
    docstrings("antigravity")
    assert "antigravity" not in sys.modules


def test_an_unknown_module_gives_nothing():
    """Python versions differ in what they carry."""
    assert docstrings("no_such_module") == ()


def test_held_out_packages_are_in_no_topic():
    """The held-out task stays unseen."""
    assert not set(HELD_OUT_PACKAGES) & {module for modules in TOPICS.values() for module in modules}


def test_every_held_out_package_has_enough_texts():
    """At least forty each, so that 200 training rows leave rows to test on."""
    assert all(len(docstrings(package)) >= 40 for package in HELD_OUT_PACKAGES)


def test_windows_cut_between_sentences_and_lose_no_long_one():
    """Runs stay near the limit and start where a sentence starts."""
    text = "This is the first sentence here. And this is the second one. Now a third sentence follows."
    runs = windows(text, 70)
    assert " ".join(runs) == text
    assert len(runs) == 2
    assert runs[1].startswith("Now")
