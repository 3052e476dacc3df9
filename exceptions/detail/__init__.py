"""The page of one exception: what it reads, and the parts that are worked out for it."""
