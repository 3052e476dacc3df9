"""The triage list: its filters, views, pivots, selection and what is done from it."""
