"""Builds what the browser gets from packages: `python -m appliance.kiosk_ui.assets`, run once at set-up.

Takes the packages `npm ci` has put into `node_modules` beside the project, compiles the style sheet, copies the
named files into `static/vendor/` and writes `vendor.json` there: name, version, licence and SHA-256 of each file.
Nothing of Node runs on the appliance.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE / "static" / "vendor"
STYLES = HERE / "styles"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under `static/vendor/`: the package it comes from, and its path inside it (None: compiled)."""

    name: str
    package: str
    path: str | None


ASSETS = (
    Asset("officer.css", "govuk-frontend", None),
    Asset(
        "atkinson.woff2",
        "@fontsource-variable/atkinson-hyperlegible-next",
        "files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    ),
    Asset("atkinson-LICENSE.txt", "@fontsource-variable/atkinson-hyperlegible-next", "LICENSE"),
    Asset("govuk-LICENSE.txt", "govuk-frontend", None),
)

MIT_GOVUK = """The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
"""The package as published carries no licence file; its repository's text."""


def compile_styles(modules: Path, target: Path) -> None:
    """Compile `styles/officer.scss` into `target`; raises CalledProcessError with sass's words on stderr."""
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("node: not installed (needed only to build the style sheet)")
    subprocess.run(
        [
            node,
            str(modules / "sass" / "sass.js"),
            "--style=compressed",
            "--no-source-map",
            "--quiet-deps",
            f"--load-path={modules}",
            str(STYLES / "officer.scss"),
            str(target),
        ],
        check=True,
        timeout=120,
    )


def licence_text(modules: Path) -> str:
    """The licence of govuk-frontend, from the package where it carries the text."""
    found = sorted((modules / "govuk-frontend").glob("LICEN[CS]E*"))
    return found[0].read_text(encoding="utf-8") if found else MIT_GOVUK


def build(modules: Path) -> list[dict[str, str]]:
    """Fill `static/vendor/` from `modules` and return the rows written to `vendor.json`."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    rows = []
    for asset in ASSETS:
        target = VENDOR / asset.name
        if asset.path is not None:
            shutil.copyfile(modules / asset.package / asset.path, target)
        elif asset.name.endswith(".css"):
            compile_styles(modules, target)
        else:
            target.write_text(licence_text(modules), encoding="utf-8")
        package = json.loads((modules / asset.package / "package.json").read_text(encoding="utf-8"))
        rows.append(
            {
                "file": asset.name,
                "name": asset.package,
                "version": package["version"],
                "licence": package["license"],
                "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            }
        )
    (VENDOR / "vendor.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return rows


def main() -> int:
    """Build and say what was built; exit code 1 with one sentence when the packages are not there."""
    modules = HERE.parents[1] / "node_modules"
    if not (modules / "sass" / "sass.js").is_file():
        print("assets: run `npm ci --ignore-scripts --omit=optional` in the project folder first", file=sys.stderr)
        return 1
    for row in build(modules):
        print(f"{row['file']:22} {row['name']} {row['version']} ({row['licence']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
