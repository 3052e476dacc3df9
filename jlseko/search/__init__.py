"""Search from anywhere, and the command palette: one service for both."""
