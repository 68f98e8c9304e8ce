"""What a training step costs, beside other frameworks: `make bench`, or `python -m benchmarks`."""
