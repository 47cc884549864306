"""The rules of the house that no ready-made tool checks. Each takes a module and returns what it objects to."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from tests.tidy.source_tree import Finding, Module

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
ESCAPE = re.compile(r"determinism-ok: \S.{9,}")
OPEN_WORK = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[Module], list[Finding]]

BANNED_MODULES = {
    "time": "time comes from loop.time() or the Clock",
    "secrets": "randomness comes seeded from runtime.randomness",
    "uuid": "ids are counters that are handed in",
    "threading": "threads live in runtime/",
    "_thread": "threads live in runtime/",
    "multiprocessing": "processes make the order of things depend on the machine",
    "concurrent.futures": "threads live in runtime/",
}
BANNED_CALLS = {
    "os.urandom": "randomness comes seeded from runtime.randomness",
    "asyncio.create_task": "tasks are started by runtime.tasks",
    "asyncio.ensure_future": "tasks are started by runtime.tasks",
    "asyncio.to_thread": "threads live in runtime/",
    "asyncio.TaskGroup": "it cancels its children in the order of memory addresses; use runtime.tasks",
    "datetime.now": "wall time comes from the Clock",
    "datetime.utcnow": "wall time comes from the Clock",
    "datetime.today": "wall time comes from the Clock",
    "date.today": "wall time comes from the Clock",
}
LOOP_METHODS = {"create_task": "tasks are started by runtime.tasks", "run_in_executor": "threads live in runtime/"}


def too_long(module: Module) -> list[Finding]:
    """Files over 500 lines, functions over 70 (docstring included)."""
    findings: list[Finding] = []
    if len(module.lines) > MAX_FILE_LINES:
        findings.append(Finding(module.place, 1, f"{len(module.lines)} lines; the limit is {MAX_FILE_LINES}"))
    for node in _functions(module.tree):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > MAX_FUNCTION_LINES:
            findings.append(
                module.objects_to(node, f"{node.name} has {length} lines; the limit is {MAX_FUNCTION_LINES}")
            )
    return findings


def nondeterminism(module: Module) -> list[Finding]:
    """Clocks, randomness, threads, stray tasks and the order of sets; «# determinism-ok: reason» lets a line pass."""
    found = [*_banned_imports(module), *_banned_calls(module), *_set_iterations(module)]
    return [finding for finding in found if not _is_escaped(module, finding.line)]


def _is_escaped(module: Module, line: int) -> bool:
    comments = (module.comment_by_line.get(number, "") for number in (line - 1, line))
    return any(ESCAPE.search(comment) for comment in comments)


def _banned_imports(module: Module) -> Iterator[Finding]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if node.module == "random" and any(alias.name != "Random" for alias in node.names):
                yield module.objects_to(node, "only Random may be taken from random: a seeded one is handed in")
        else:
            continue
        for name in names:
            if name in BANNED_MODULES:
                yield module.objects_to(node, f"imports {name}: {BANNED_MODULES[name]}")


def _banned_calls(module: Module) -> Iterator[Finding]:
    has_random = "random" in _whole_modules(module)  # else `random` is a name for a Random that was handed in
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            name = _dotted(node)
            short = ".".join(name.split(".")[-2:])
            if short in BANNED_CALLS:
                yield module.objects_to(node, f"{short}: {BANNED_CALLS[short]}")
            elif has_random and name.startswith("random.") and name != "random.Random":
                yield module.objects_to(node, f"{name}: a seeded Random is handed in")
            elif node.attr in LOOP_METHODS and "loop" in name.split(".")[-2].lower():
                yield module.objects_to(node, f"{name}: {LOOP_METHODS[node.attr]}")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in BANNED_CALLS:
                    yield module.objects_to(node, f"{name}: {BANNED_CALLS[name]}")
        elif isinstance(node, ast.Call) and _dotted(node.func) in {"Random", "random.Random"} and not node.args:
            yield module.objects_to(node, "a Random without a seed")


def _whole_modules(module: Module) -> set[str]:
    imports = (node for node in ast.walk(module.tree) if isinstance(node, ast.Import))
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _set_iterations(module: Module) -> Iterator[Finding]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and _is_a_set(node.iter):
            yield module.objects_to(node.iter, "iterates over a set, whose order is chance; sort it")


def _is_a_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if (
        isinstance(node, ast.Call)
        and _dotted(node.func) in {"list", "tuple", "enumerate", "iter", "reversed"}
        and node.args
    ):
        return _is_a_set(node.args[0])
    return isinstance(node, ast.Call) and _dotted(node.func) in {"set", "frozenset"}


def broad_excepts(module: Module) -> list[Finding]:
    """Every broad except says on its line why it is broad."""
    findings: list[Finding] = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ExceptHandler) or not _is_broad(node.type):
            continue
        comment = module.comment_by_line.get(node.lineno, "")
        reason = re.sub(r"noqa: [A-Z0-9, ]+", "", comment).strip("# -–:")
        if len(reason) < 10:
            findings.append(module.objects_to(node, "a broad except without its reason on the line"))
    return findings


def _is_broad(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Tuple):
        return any(_is_broad(element) for element in node.elts)
    return node is None or _dotted(node) in {"Exception", "BaseException"}


def unfinished_work(module: Module) -> list[Finding]:
    """Notes to oneself and functions that are not there yet."""
    findings = [
        Finding(module.place, line, f"unfinished: {comment.strip()}")
        for line, comment in module.comment_by_line.items()
        if OPEN_WORK.search(comment)
    ]
    findings.extend(
        module.objects_to(node, "unfinished: NotImplementedError")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    )
    return findings


def prints(module: Module) -> list[Finding]:
    """print() belongs to cli/."""
    calls = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    return [module.objects_to(node, "prints") for node in calls if _dotted(node.func) == "print"]


def missing_docstrings(module: Module) -> list[Finding]:
    """Modules, public classes and public functions say what they promise."""
    findings: list[Finding] = []
    if module.text.strip() and ast.get_docstring(module.tree) is None:
        findings.append(Finding(module.place, 1, "the module has no docstring"))
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not node.name.startswith("_") and ast.get_docstring(node) is None:
            findings.append(module.objects_to(node, f"{node.name} has no docstring"))
    return findings


def dishonest_tests(module: Module) -> list[Finding]:
    """Tests that cannot fail, are skipped, sleep, or mock."""
    asserting = {node.name for node in _functions(module.tree) if _asserts(node, frozenset())}
    findings = [
        module.objects_to(function, f"{function.name} asserts nothing")
        for function in _functions(module.tree)
        if function.name.startswith("test_") and not _asserts(function, frozenset(asserting))
    ]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in {
            "time.sleep",
            "pytest.skip",
            "pytest.xfail",
            "pytest.importorskip",
            "pytest.mark.skip",
            "pytest.mark.skipif",
            "pytest.mark.xfail",
        }:
            findings.append(module.objects_to(node, f"{_dotted(node)} has no place in a test"))
        elif isinstance(node, ast.ImportFrom) and node.module in {"unittest.mock", "unittest"}:
            findings.append(module.objects_to(node, "hand-written fakes, no mocks"))
    return findings


def _asserts(function: AnyFunction, helpers: frozenset[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = _dotted(node.func).split(".")[-1]
            if (
                name in {"raises", "warns", "fail"}
                or name in helpers
                or name.startswith(("assert_", "expect_", "check_"))
                or _is_browser_expectation(node)
            ):
                return True
    return False


def _is_browser_expectation(call: ast.Call) -> bool:
    """Playwright's `expect(locator).to_be_visible()`: without a claim behind it, `expect(…)` alone says nothing."""
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="expect")), attr=claim):
            return claim.startswith(("to_", "not_to_"))
    return False


def wire_and_domain(module: Module) -> list[Finding]:
    """A module that knows both the wire's words and the domain's."""
    imported = set(imports_of(module))
    rooms = {name.split(".")[1] for name in imported if name.startswith("das_copy_trader.")}
    return [Finding(module.place, 1, "knows wire and domain")] if {"protocol", "domain"} <= rooms else []


def imports_of(module: Module) -> Iterator[str]:
    """Every module name that an import statement may mean: `from a import b` is a and a.b."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def unreached(modules: Iterable[Module], entries: frozenset[str]) -> list[Finding]:
    """Modules that no other module imports; packages and `entries` (dotted names) aside."""
    listed = list(modules)
    imported_by_others: set[str] = set()
    for module in listed:
        imported_by_others |= set(imports_of(module)) - {dotted_name(module)}
    return [
        Finding(module.place, 1, "no module imports it")
        for module in listed
        if not module.place.endswith("__init__.py") and dotted_name(module) not in imported_by_others | entries
    ]


def dotted_name(module: Module) -> str:
    """src/das_copy_trader/api/app.py is das_copy_trader.api.app."""
    return module.place.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _functions(tree: ast.AST) -> Iterator[AnyFunction]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as text; a call or a subscript inside is a question mark."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "?"
