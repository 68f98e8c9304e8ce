"""What SciPy's own functions do not hand over to NumPy's protocols, under SciPy's names.

A chapter stands for the module of SciPy of its name, imports it, and is loaded when it is asked
for.  On plain arrays its functions are SciPy's.
"""
