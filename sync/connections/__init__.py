"""Connections: made, asked, changed, confirmed; and how every one of them is doing now."""
