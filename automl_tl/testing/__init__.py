"""Contract tests that plug-ins subclass, one file per kind of plug-in, and tiny models to run them on."""
