"""Stock levels: what SEKO has, what is already promised, what John Lewis is told and what it shows."""
