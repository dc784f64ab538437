"""The functions behind the metrics, one file per task, each for many weighted resamples at once."""
