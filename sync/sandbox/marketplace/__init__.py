"""The simulated John Lewis marketplace in the shape of Mirakl; :mod:`.app` puts it together."""
