"""Slices and shortcuts of a real test part."""

from automl_tl.pipeline.bias.discovery import discover


def test_the_shortcut_of_a_model_that_goes_by_brightness_is_named(make_bench):
    """Brightness goes with the class and the answers follow it; sensitive columns are no traits."""
    bench = make_bench()
    rows = bench.predictions.rows
    slices, probes = discover(bench, bench.embed(rows), bench.inputs(rows), show_words=True)
    found = {probe.trait: probe.verdict for probe in probes}
    assert found["brightness"] == "shortcut"
    assert "column camera" not in found
    assert "file size" in found
    assert slices.count == len(rows)
    assert all(exemplar.endswith(".png") or exemplar.isdigit() for c in slices.slices for exemplar in c.exemplars)
