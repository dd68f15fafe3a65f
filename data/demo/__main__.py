"""Command: ``python -m data.demo FOLDER`` writes the demo study into a folder of its own."""

from __future__ import annotations

from data.demo.generator.__main__ import main

if __name__ == "__main__":
    main()
