"""Generated wire code and nothing else; made by `make proto` from proto/automl_tl/v1."""
