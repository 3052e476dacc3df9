"""The house: settings, addresses, the Today page and what starts an installation."""
