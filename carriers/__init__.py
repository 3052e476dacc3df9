"""The approved list of carriers, and which of its codes stands for a SEKO courier and service."""
