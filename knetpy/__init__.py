"""KnetPy: deep learning on plain NumPy code."""
