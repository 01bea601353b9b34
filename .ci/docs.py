"""Lays the Markdown documents out as pages: `python .ci/docs.py TARGET`; exits 1 if a link leads nowhere.

Beside them stands `modules.html`: every module with the first sentence of its docstring.
"""

from __future__ import annotations

import ast
import html
import re
import shutil
import sys
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}
table{{border-collapse:collapse}}td,th{{border:1px solid #999;padding:.3em .6em;vertical-align:top}}
pre,code{{background:#f3f3f3}}img{{max-width:100%}}</style>{body}</html>
"""
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")


def documents() -> list[Path]:
    """The project's own Markdown files."""
    return sorted(ROOT.glob("*.md")) + sorted(p for d in ("docs", "requirements") for p in (ROOT / d).rglob("*.md"))


def broken_links(document: Path) -> list[str]:
    """Relative links of a document that lead to no file."""
    links = LINK.findall(re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL))
    return [link for link in links if ":" not in link and not (document.parent / link).exists()]


def modules() -> str:
    """A table of all modules, as HTML."""
    rows = []
    for source in sorted(p for d in ("appliance", "hw_sim") for p in (ROOT / d).rglob("*.py")):
        meaning = (ast.get_docstring(ast.parse(source.read_text())) or "").split("\n\n")[0]
        name = ".".join(source.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        rows.append(f"<tr><td><code>{name}</code><td>{html.escape(meaning)}")
    return "<h1>Modules</h1><table>" + "".join(rows) + "</table>"


def main(target: Path) -> int:
    """Write the pages; the exit code."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    markdown = MarkdownIt("commonmark").enable("table")
    wrong = 0
    for document in documents():
        name = document.relative_to(ROOT)
        for link in broken_links(document):
            print(f"{name}: {link} leads nowhere", file=sys.stderr)
            wrong += 1
        body = re.sub(r'href="([^":]+)\.md', r'href="\1.html', markdown.render(document.read_text()))
        page = (target / name).with_suffix(".html")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(PAGE.format(title=html.escape(name.stem), body=body))
    for picture in (p for p in (ROOT / "docs").rglob("*") if p.suffix in {".png", ".svg", ".jpg"}):
        copy = target / picture.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, copy)
    (target / "modules.html").write_text(PAGE.format(title="Modules", body=modules()))
    print(f"{len(documents())} documents in {target}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
