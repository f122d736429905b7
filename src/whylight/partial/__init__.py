"""Partial passes: what follows one layer of a classifier, run for many versions of what that layer gave."""
