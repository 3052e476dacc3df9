"""The two simulated partners: John Lewis' marketplace in Mirakl's shape and SEKO's warehouse in iHub's shape.

They import nothing of the product (and no Django), so that they cannot share a bug with the code that they judge.
Run one alone with ``python -m sync.sandbox marketplace`` or ``python -m sync.sandbox warehouse``.
"""
