"""Builds of the product that are broken on purpose, each with what wakes the fault: the judge must find them."""
