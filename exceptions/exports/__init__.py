"""What the desk tells whoever judges it from outside: every exception, and the whole trail. Read only."""
