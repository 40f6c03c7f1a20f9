"""PyTorch's ``PyTorchFileReader``: the records of a ``.pt`` file, for libraries that read them one by one."""

from __future__ import annotations

import zipfile
from typing import Any

from .errors import FileFormatError

__all__ = ["PyTorchFileReader"]


class PyTorchFileReader:
    """The records of a file that `save` wrote, by their names inside of its folder.

    Raises ``FileFormatError`` if it is no such file, and ``RuntimeError`` for a record that is not there.

    >>> import io
    >>> file = io.BytesIO()
    >>> mt.save(mt.ones(2), file)
    >>> mt.PyTorchFileReader(file).get_all_records()[0]
    'data.pkl'
    """

    def __init__(self, file: Any) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise FileFormatError(f"{file!r} is no file of torch.save: {error}") from error
        self._folder = self._archive.namelist()[0].partition("/")[0]

    def get_all_records(self) -> list[str]:
        """The names of all records."""
        return [name.partition("/")[2] for name in self._archive.namelist()]

    def has_record(self, name: str) -> bool:
        """Whether there is a record of this name."""
        return f"{self._folder}/{name}" in self._archive.namelist()

    def get_record(self, name: str) -> bytes:
        """The bytes of a record."""
        if not self.has_record(name):
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found")
        return self._archive.read(f"{self._folder}/{name}")

    def archive_name(self) -> str:
        """The name of the folder inside of the file."""
        return self._folder
