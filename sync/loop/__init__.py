"""What turns: the recurring flows, their pauses, the workers that drain the lanes and the ticker that rings them."""
