"""The simulated warehouse in the shape of SEKO's iHub; :mod:`.app` puts it together."""
