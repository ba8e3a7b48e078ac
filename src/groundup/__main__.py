"""``python -m groundup``: the same as ``groundup``, where scripts are not on the path."""

from groundup.cli import main

main()
