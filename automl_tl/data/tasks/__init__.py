"""One file per task: what its labels look like in a table, how rows with them are divided and counted."""
