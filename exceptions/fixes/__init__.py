"""The forms that ask for what is wrong, shared by categories."""
