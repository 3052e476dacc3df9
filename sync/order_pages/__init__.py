"""What the list and the page of orders show."""
