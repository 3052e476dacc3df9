"""Uploads that are far too large are dropped while they arrive, so that the form can say so and keep what was typed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class CappedUploads(FileUploadHandler):
    """First of the upload handlers: passes on a little more than is allowed of each file, and of one file too many.

    The form then finds the file too large, or the files too many, without this machine having stored all of it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._files = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count it."""
        super().new_file(*args, **kwargs)
        self._files += 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """The chunk, or None to drop it."""
        too_much = start > settings.NOTE_FILE_BYTES or self._files > settings.NOTE_FILES
        return None if too_much else raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers after this one."""
