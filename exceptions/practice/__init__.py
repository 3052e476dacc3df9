"""One invented exception to practise on: the same form, checks and parts as the real page, and nothing real behind it.

Nothing of it is stored but how far somebody has come (in the session) and when they finished (in their
:class:`exceptions.models.DeskReader`). No record, no item, no partner takes part.
"""
