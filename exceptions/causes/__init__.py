"""The page of one cause: what it holds, how it went, and how causes are merged and split."""
