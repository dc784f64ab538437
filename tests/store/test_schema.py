"""The schema ties rows to their job."""

from automl_tl.store import schema


def test_every_table_of_a_job_goes_with_it():
    for table in (
        schema.stages,
        schema.events,
        schema.trials,
        schema.rankings,
        schema.ranked_models,
        schema.artifacts,
        schema.inquiries,
    ):
        (key,) = table.c.job_id.foreign_keys
        assert key.column is schema.jobs.c.id, table.name
        assert key.ondelete == "CASCADE", table.name


def test_ids_are_never_given_out_twice():
    """A page token or an event must not point to a newer row that took over an id."""
    for table in (schema.jobs, schema.datasets, schema.artifacts):
        assert table.dialect_options["sqlite"]["autoincrement"] is True


def test_a_job_name_and_a_dataset_digest_are_unique_in_a_project():
    def unique(table):
        return {
            tuple(sorted(c.name for c in x.columns)) for x in table.constraints if "Unique" in type(x).__name__
        }

    assert ("job", "project") in unique(schema.jobs)
    assert ("digest", "project") in unique(schema.datasets)
