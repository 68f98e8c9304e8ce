"""A module for each workload.

Its functions, named after the frameworks, make the step to measure.  TARGET is what KnetPy may
take of the fastest peer's time, FLOP the additions and multiplications in matrix products and
convolutions of a step, KNETPY, TORCH and JAX the settings under which these are contenders.
"""
