"""Which fine-tuning runs to make: search space, sampler, budget, driver and the protocol of a trial runner."""
