"""The proof pack: what happened to one order, with times, hashes and answers, as CSV and PDF for a dispute."""

from exceptions.proof_pack.making import Pack, make

__all__ = ["Pack", "make"]
