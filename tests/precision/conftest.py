"""Without ONNX Runtime there is nothing to test here."""

from importlib.util import find_spec

import pytest

THERE = find_spec("onnx") is not None and find_spec("onnxruntime") is not None
needs_runtime = pytest.mark.skipif(not THERE, reason="onnx or onnxruntime is not installed")
