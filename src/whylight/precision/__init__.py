"""Quicker passes: another way to run a network, taken where this machine gains from it and the maps stay the same.

Nothing here is asked unless it is named: ``float32`` in torch is how passes are run without it.
"""
