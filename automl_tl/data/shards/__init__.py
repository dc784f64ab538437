"""Data sets that are read shard by shard because they do not fit into memory; one file per shard format."""
