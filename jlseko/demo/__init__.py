"""`make demo`: the whole loop on one machine, with two simulated partners and a clock that runs fast.

No Django in here: the processes are prepared and started from outside, as on a real machine.
"""
