"""The two things the engine tells whoever listens; the desk has one receiver for each. Both are sent inside the
transaction that made them true.
"""

from django.dispatch import Signal

# connection, item (None = the whole connection), failures: list[Failure]
fault_reported = Signal()

# connection, item (None = the whole connection), milestone: Milestone, by: user or None; origin: mapping or None, what
# a resubmission was part of
progress_made = Signal()
