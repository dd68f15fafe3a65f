"""Command: ``python -m data.demo.generator [FOLDER] [--size full]`` from the root of the repository."""

from __future__ import annotations

import argparse
from pathlib import Path

from data.demo.generator.files import write_district
from data.demo.generator.spec import SPECS


def main() -> None:
    """Write one district into a folder, by default the committed one."""
    parser = argparse.ArgumentParser(description="Draw the fictional district 云麓区.")
    parser.add_argument("folder", nargs="?", type=Path, help="default: its place in data/demo")
    parser.add_argument("--size", choices=sorted(SPECS), default="small")
    wanted = parser.parse_args()
    home = Path(__file__).resolve().parents[1]
    spec = SPECS[wanted.size]
    if wanted.folder is not None:
        write_district(spec, wanted.folder)
    elif wanted.size == "full":
        write_district(spec, home, home.parent / "boundaries")
    else:
        write_district(spec, home / wanted.size)


if __name__ == "__main__":
    main()
