"""What the stock screens ask and say: the state of each level in words, who sells too fast, one SKU told as a sum."""
