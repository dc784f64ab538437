"""The cost of a job's candidates: what is measured, for how long, and who is kept out."""

import math
from dataclasses import replace

import pytest

from automl_tl.errors import SpecError
from automl_tl.pipeline.costs import CostMeter, refuse_an_empty_field, trial_size
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.pipeline.steps import ingest
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.search.budget import Deadline
from automl_tl.search.space import SearchSpace
from automl_tl.search.space_files import load_space
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput

IMAGE = ModelCard("timm", "m", "image", "net", "resnet", ImageInput(), 10_000_000)
TEXT = ModelCard("hf", "m", "text", "bert", "bert", TextInput(), 10_000_000)


def meter_of(job, known=None, **limits):
    limited = job.spec.model_copy(update={"models": job.spec.models.model_copy(update=limits)})
    return CostMeter(replace(job, spec=limited), ingest.run(job), known)


def late(job, seconds):
    deadline = Deadline.after(seconds) if seconds else Deadline(at=0.0)
    return replace(job, deadlines=StageDeadlines(*(deadline,) * 7))


def test_a_trials_size_is_what_the_search_would_try_first():
    """Of the shipped space, for so many examples; images are prepared once."""
    space = load_space("image")
    assert trial_size(space, IMAGE, train=200, validation=50, classes=10) == TrialSize(120, 16, 4 * 50, 250)
    assert trial_size(space, IMAGE, train=2000, validation=500, classes=10).batch_size == 32


def test_texts_are_prepared_in_every_batch():
    """They are tokenised each time; a batch is never larger than the training part."""
    size = trial_size(load_space("text"), TEXT, train=12, validation=4, classes=2)
    assert size.batch_size == 12
    assert size.prepared == size.updates * 12 + size.evaluated


def test_without_a_space_a_recipes_own_defaults_stand_in():
    """A modality of a plug-in can be ranked without one."""
    assert trial_size(SearchSpace("", "sound", ()), IMAGE, train=99, validation=9, classes=2).updates == 120


def test_measuring_has_a_second_or_its_share_of_probing(image_bench):
    """A tenth of the time that is left, divided among the models that are left."""
    job = image_bench.job()
    assert meter_of(job).measuring(IMAGE, candidates_left=3).seconds == 1.0
    hurried = meter_of(late(job, 60.0)).measuring(IMAGE, candidates_left=30)
    assert 0.1 < hurried.seconds <= 0.2
    assert hurried.threads == job.threads


def test_when_probing_is_late_only_a_limit_is_worth_measuring_for(image_bench):
    """The first candidate is probed whatever the time, and must not be kept out for want of a figure."""
    job = late(image_bench.job(), 0.0)
    assert meter_of(job).measuring(IMAGE).seconds == 0.0
    assert meter_of(job, max_latency_ms=20.0).measuring(IMAGE).seconds == pytest.approx(0.05)


def test_limits_ask_for_what_only_the_loaded_network_tells(image_bench):
    """Latency and memory always, parameters where the card does not know them."""
    job, unknown = image_bench.job(), replace(IMAGE, parameters=0)
    assert not meter_of(job).keeps_out(unknown)
    assert meter_of(job, max_memory_mb=20.0).keeps_out(IMAGE)
    assert not meter_of(job, max_parameters=100).keeps_out(IMAGE)
    assert meter_of(job, max_parameters=100).keeps_out(unknown)


def test_a_field_that_limits_keep_out_whole_says_which_and_how_near(image_bench):
    """Models that failed for other reasons are nobody's limit: then the ranking says why none could be used."""
    meter = meter_of(image_bench.job())
    meter.take("timm:m", ModelCost(latency_ms=5.0, inference_bytes=2e6))
    with pytest.raises(SpecError, match=r"max_latency_ms = 4 keeps out 1 of 1 \(the least is 5 ms\)"):
        refuse_an_empty_field(meter.costs.values(), ModelFilter(max_latency_ms=4.0))
    refuse_an_empty_field(meter.costs.values(), ModelFilter(max_latency_ms=20.0))


def test_what_an_earlier_lease_measured_stays(image_bench):
    """And nothing is measured a second time."""
    known = {IMAGE.id: ModelCost(latency_ms=50.0, examples_per_second=7.0)}
    meter = meter_of(image_bench.job(), known, max_latency_ms=4.0)
    meter.take(IMAGE.id, ModelCost())
    assert meter.measuring(TEXT) is None
    assert meter.costs == known


def test_an_unmeasured_model_has_no_throughput(image_bench):
    """Nothing is added where nothing was taken."""
    from automl_tl.probe.embeddings import Embeddings

    meter = meter_of(image_bench.job())
    probe = Embeddings("timm:m", range(10), None, None, 2.0, "")
    meter.probed(probe)
    assert meter.costs == {}
    meter.take("timm:m", ModelCost())
    meter.probed(probe)
    assert meter.costs["timm:m"].examples_per_second == 5.0
    assert math.isnan(ModelCost().examples_per_second)
