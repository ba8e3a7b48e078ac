"""What goes wrong with data. Every message says who, what was expected, what came, and the likely cause."""


class DataError(RuntimeError):
    """A file is not what it should be, or a data set cannot be had."""


class DownloadError(DataError):
    """No host gave the whole and right file; the reasons, host by host, are in the message."""
