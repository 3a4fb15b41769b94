"""The house rules as functions: text in, complaints out. What the tree must keep is in the tests beside this file."""

import ast
import re
from collections.abc import Iterable, Iterator

MAX_FILE_LINES = 500
MAX_BODY_LINES = 50
MAX_TEST_LINES = 60
MAX_PARAMETERS = 8
MIN_TESTS_PER_SOURCE = 1.3

ROOT_NAMES = frozenset(
    {
        ".ci",
        ".dockerignore",
        ".gitignore",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Containerfile",
        "GLOSSARY.md",
        "LICENSE",
        "Makefile",
    }
    | {"NOTICE", "README.ja.md", "README.md", "benchmarks", "docs", "hatch_build.py", "package-lock.json"}
    | {"package.json", "pyproject.toml", "requirements", "scripts", "src", "tests"}
)
WALL_CLOCK = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime"}
    | {"time.gmtime", "time.ctime", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"}
)
#: Hosts of package registries, with a gap so that this file does not name them.
REGISTRY_HOST = re.compile(r"pyp[i]\.org|pythonhoste[d]\.|registry\.npmj[s]|deb\.debia[n]|registry\.yarnpk[g]")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:wor[k]/(?:main|shared|steering|\.library)|far[m]|roo[t]/\.)")
SUMMARY_HEADINGS = ("question", "words", "picture", "60 seconds", "how it decides", "limits", "next")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[Function]:
    """Yield every function of a module, methods and inner ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: Function) -> int:
    """Return the lines from a function's first statement to its last; its docstring does not count."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: Function) -> int:
    """Return how many things a caller may give; `self` and `cls` do not count."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([one for one in given if one.arg not in {"self", "cls"}])


def too_long_file(source: str, limit: int = MAX_FILE_LINES) -> list[str]:
    """Complain about a file with more lines than the limit."""
    count = len(source.splitlines())
    return [f"{count} lines, at most {limit}: split it by noun"] if count > limit else []


def too_long_functions(source: str, limit: int = MAX_BODY_LINES) -> list[str]:
    """Complain about function bodies longer than the limit."""
    sizes = ((one.name, body_lines(one)) for one in functions(source))
    return [f"{name}: a body of {count} lines, at most {limit}" for name, count in sizes if count > limit]


def too_many_parameters(source: str, limit: int = MAX_PARAMETERS) -> list[str]:
    """Complain about functions that ask for too much."""
    sizes = ((one.name, parameters(one)) for one in functions(source))
    return [f"{name}: {count} parameters, at most {limit}" for name, count in sizes if count > limit]


def no_module_docstring(source: str) -> list[str]:
    """Complain about a module that does not say its job."""
    return [] if ast.get_docstring(ast.parse(source)) else ["no module docstring"]


def wall_clock_calls(source: str) -> list[str]:
    """Complain about code that reads the machine's time: `now` is an argument."""
    called = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [f"line {node.lineno}: {ast.unparse(node.func)}()" for node in called if _reads_clock(node.func)]


def _reads_clock(called: ast.expr) -> bool:
    name = ast.unparse(called)
    return name in WALL_CLOCK or name.split(".", 1)[-1] in WALL_CLOCK


def random_imports(source: str) -> list[str]:
    """Complain about `random`: chance is a salted hash or a seeded generator (kit.rng)."""
    names = (
        name.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    )
    return ["imports random" for name in names if name == "random"]


def unfinished_marks(text: str) -> list[str]:
    """Complain about work that was left for later."""
    found = re.findall(r"\b(?:TO[D]O|FIXM[E]|XX[X]|raise NotImplemented[E]rror)\b", text)
    return [f"unfinished: {mark}" for mark in found]


def hosts_and_paths(text: str) -> list[str]:
    """Complain about registry hosts and paths of one machine: they belong to nobody's checkout."""
    return [f"names {found}" for rule in (REGISTRY_HOST, MACHINE_PATH) for found in rule.findall(text)]


def strangers(names: Iterable[str], allowed: frozenset[str] = ROOT_NAMES) -> list[str]:
    """Complain about names that are not on the list."""
    return sorted(set(names) - allowed)


def unpinned(requirements: str) -> list[str]:
    """Complain about requirement lines that are not `name==version`."""
    pin = re.compile(r"[a-z0-9._-]+==[^\s;]+")
    lines = (line.strip() for line in requirements.splitlines())
    return [line for line in lines if line and not line.startswith("#") and not pin.fullmatch(line)]


def resolved_addresses(lock: str) -> list[str]:
    """Complain about download addresses in an npm lock file."""
    return ["a download address"] if '"resolved"' in lock else []


def missing_headings(readme: str) -> list[str]:
    """Complain about a room's README that leaves one of the seven things out."""
    found = re.findall(r"^(?:#+\s+|\*\*)(.+?)(?:\*\*|$)", readme, flags=re.MULTILINE)
    said = " · ".join(found).lower()
    return [heading for heading in SUMMARY_HEADINGS if heading not in said]


def code_lines(source: str) -> int:
    """Return the lines that say something: blank ones do not count."""
    return sum(1 for line in source.splitlines() if line.strip())
