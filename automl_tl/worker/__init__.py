"""Takes a job under a lease and runs the pipeline."""
