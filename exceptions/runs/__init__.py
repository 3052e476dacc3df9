"""The pages of resubmission runs."""
