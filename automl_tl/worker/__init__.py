"""Takes a job under a lease and runs the pipeline."""

import os

# Threads of OpenMP that wait by spinning take the processor from the trials beside them. To be set before torch is
# imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
