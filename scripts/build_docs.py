"""Write the documents as pages that a browser shows, with every link checked.

    python scripts/build_docs.py build/docs

The pages link to each other as the Markdown does; the first is README.html.
"""

import re
import sys
from html import escape
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = ("docs", "benchmarks", "src/tenshu")
LOOK: Final = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #faf8f3; --line: #d9d4c7; --accent: #2a4b7c }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e4da; --paper: #16181c; --line: #3a3d44; --accent: #9db8e8 } }
body { margin: 2rem auto; max-width: 48rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.75 system-ui, "Noto Sans JP", sans-serif }
a { color: var(--accent) }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); line-height: 1.4 }
code { font-family: ui-monospace, "Noto Sans Mono CJK JP", monospace; font-size: .9em }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: left; vertical-align: top }
"""
PAGE: Final = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{look}</style>
<nav><a href="{up}README.html">tenshu</a> · <a href="{up}docs/en/README.html">English</a>
· <a href="{up}docs/ja/README.html">日本語</a></nav>
<main>
{body}
</main>
</html>
"""


def pages(root: Path) -> list[Path]:
    """Return every document of the checkout, relative to its root."""
    inner = [path for folder in FOLDERS for path in (root / folder).rglob("*.md")]
    return sorted(path.relative_to(root) for path in [*root.glob("*.md"), *inner])


def links(markdown: str) -> list[str]:
    """Return the links of a page that stay within the checkout, without their anchors."""
    prose = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target.split("#")[0] for target in found if not re.match(r"[a-z]+:|#", target)]


def dead_links(root: Path, page: Path) -> list[str]:
    """Return what a page links to and is not there."""
    targets = links((root / page).read_text(encoding="utf-8"))
    return [f"{page}: {target}" for target in targets if not (root / page.parent / target).exists()]


def render(page: Path, markdown: str) -> str:
    """Return the page as HTML; links between documents lead to their pages."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    body = re.sub(r'(href="(?![a-z]+:)[^"#]*)\.md(?=["#])', r"\1.html", body)
    first = re.search(r"^# (.+)$", markdown, flags=re.MULTILINE)
    language = "ja" if "ja" in page.parts or ".ja" in page.suffixes else "en"
    up = "../" * (len(page.parts) - 1)
    return PAGE.format(language=language, title=escape(first[1] if first else "tenshu"), look=LOOK, up=up, body=body)


def target_of(page: Path) -> Path:
    """Return where a page goes: beside the others as in the checkout."""
    return page.with_suffix(".html")


def main(out: Path) -> int:
    """Write all pages, or list dead links and write none."""
    everything = pages(ROOT)
    dead = [link for page in everything for link in dead_links(ROOT, page)]
    if dead:
        sys.stderr.write("links that lead nowhere:\n  " + "\n  ".join(dead) + "\n")
        return 1
    for page in everything:
        target = out / target_of(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render(page, (ROOT / page).read_text(encoding="utf-8")), encoding="utf-8")
    for picture in sorted((ROOT / "docs" / "pictures").rglob("*.png")):
        target = out / picture.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture.read_bytes())
    for licence in ("LICENSE", "NOTICE"):
        (out / licence).write_bytes((ROOT / licence).read_bytes())
    sys.stdout.write(f"{out}/README.html: {len(everything)} pages, no dead link\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/docs")))
