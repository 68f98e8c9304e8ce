"""What the tests of native kernels share."""

import pytest

from knetpy.kernels.native_library import absence, library

needs_native = pytest.mark.skipif(library() is None, reason=f"needs native.c: {absence()}")
