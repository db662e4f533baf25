"""Stage 4: gathering from the operator's systems, run by run, and what owners of unconnected systems hand over."""
