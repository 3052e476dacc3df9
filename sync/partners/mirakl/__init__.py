"""John Lewis Marketplace: the Mirakl seller API."""
