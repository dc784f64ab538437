"""The cost of a job's candidates: what is measured, for how long, and who is kept out."""

import math
from dataclasses import replace

import pytest

from automl_tl.errors import ModelUnavailable, SpecError
from automl_tl.pipeline import costs
from automl_tl.pipeline.costs import CostMeter, refuse_an_empty_field, trial_size
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.pipeline.steps import ingest
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.search.budget import Deadline
from automl_tl.search.space import SearchSpace
from automl_tl.search.space_files import load_space
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput

LOADED = LoadedModel(tiny_image_model(), "a" * 64)
IMAGE = ModelCard("timm", "m", "image", "net", "resnet", ImageInput(), 10_000_000)
TEXT = ModelCard("hf", "m", "text", "bert", "bert", TextInput(), 10_000_000)


@pytest.fixture
def asked(monkeypatch):
    """Return what measuring was asked for; it finds a latency of 5 ms."""
    found = []

    def measure(loaded, dataset, rows, **how):
        found.append(how)
        return ModelCost(latency_ms=5.0, inference_bytes=2e6)

    monkeypatch.setattr(costs, "measure_cost", measure)
    return found


def meter_of(job, known=None, **limits):
    limited = job.spec.model_copy(update={"models": job.spec.models.model_copy(update=limits)})
    return CostMeter(replace(job, spec=limited), ingest.run(job), known)


def late(job, seconds):
    deadline = Deadline.after(seconds) if seconds else Deadline(at=0.0)
    return replace(job, deadlines=StageDeadlines(*(deadline,) * 6))


def test_a_trials_size_is_what_the_search_would_try_first():
    """Of the shipped space, for so many examples; images are prepared once."""
    space = load_space("image")
    assert trial_size(space, IMAGE, train=200, validation=50, classes=10) == TrialSize(200, 16, 4 * 50, 250)
    assert trial_size(space, IMAGE, train=2000, validation=500, classes=10).batch_size == 32


def test_texts_are_prepared_in_every_batch():
    """They are tokenised each time; a batch is never larger than the training part."""
    size = trial_size(load_space("text"), TEXT, train=12, validation=4, classes=2)
    assert size.batch_size == 12
    assert size.prepared == size.updates * 12 + size.evaluated


def test_without_a_space_a_recipes_own_defaults_stand_in():
    """A modality of a plug-in can be ranked without one."""
    assert trial_size(SearchSpace("", "sound", ()), IMAGE, train=99, validation=9, classes=2).updates == 120


def test_measuring_has_a_second_or_its_share_of_probing(image_bench, asked):
    """A tenth of the time that is left, divided among the models that are left."""
    job = image_bench.job()
    meter_of(job).admit(LOADED, candidates_left=3)
    meter_of(late(job, 60.0)).admit(LOADED, candidates_left=30)
    assert asked[0]["seconds"] == 1.0
    assert 0.1 < asked[1]["seconds"] <= 0.2
    assert asked[0]["threads"] == job.threads


def test_when_probing_is_late_only_a_limit_is_worth_measuring_for(image_bench, asked):
    """The first candidate is probed whatever the time, and must not be kept out for want of a figure."""
    job = late(image_bench.job(), 0.0)
    meter_of(job).admit(LOADED)
    meter_of(job, max_latency_ms=20.0).admit(LOADED)
    assert [how["seconds"] for how in asked] == [0.0, pytest.approx(0.05)]


@pytest.mark.usefixtures("asked")
def test_a_model_that_breaks_a_limit_is_refused_and_its_cost_is_kept(image_bench):
    """The refusal names the field, the row shows the cost."""
    meter = meter_of(image_bench.job(), max_latency_ms=4.0)
    with pytest.raises(ModelUnavailable, match=r"takes 5 ms .* more than max_latency_ms = 4") as caught:
        meter.admit(LOADED)
    assert caught.value.field == "models.max_latency_ms"
    assert meter.costs[LOADED.backbone.card.id].latency_ms == 5.0
    with pytest.raises(SpecError, match=r"max_latency_ms = 4 keeps out 1 of 1 \(the least is 5 ms\)"):
        refuse_an_empty_field(meter.costs.values(), ModelFilter(max_latency_ms=4.0))


@pytest.mark.usefixtures("asked")
def test_models_that_failed_for_other_reasons_are_nobodys_limit(image_bench):
    """Then the ranking says why none could be used."""
    meter = meter_of(image_bench.job(), max_latency_ms=20.0)
    meter.admit(LOADED)
    refuse_an_empty_field(meter.costs.values(), ModelFilter(max_latency_ms=20.0))


def test_what_an_earlier_lease_measured_stays(image_bench, asked):
    """And keeps nobody out a second time."""
    known = {LOADED.backbone.card.id: ModelCost(latency_ms=50.0, examples_per_second=7.0)}
    meter = meter_of(image_bench.job(), known, max_latency_ms=4.0)
    meter.admit(LOADED)
    assert (meter.costs, asked) == (known, [])


def test_an_unmeasured_model_has_no_throughput(image_bench, asked):
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
    assert asked == []
