"""The first room: a dataset walks in, is checked, bound to a target, split and profiled.

``sources`` bring it onto this machine, :mod:`automl_tl.data.load` reads it, :mod:`automl_tl.data.target` binds
it to a target and a split, :mod:`automl_tl.data.profile` says what is in it.
"""
