"""The gRPC server: services on top of the ledger. It loads neither torch nor ray."""
