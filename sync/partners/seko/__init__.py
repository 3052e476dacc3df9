"""SEKO Logistics: the iHub API of the warehouse."""
