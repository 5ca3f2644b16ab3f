"""``python -m farense`` is the ``farense`` command."""

from farense.cli import main

if __name__ == "__main__":
    main()
