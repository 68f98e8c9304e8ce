"""A module for each workload; its functions, named after the contenders, make the step to time."""
