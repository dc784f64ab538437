"""Between wire types and plain types: the only place of the server that knows both."""
