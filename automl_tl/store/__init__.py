"""The ledger in SQLite and the content-addressed blob store: where servers and workers meet."""
