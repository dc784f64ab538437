"""Why this model: what the trials say of model, strategy and hyperparameters, and what the choice cost."""
