"""What the asset leaves out of the function's modules, and that it is nothing else."""

import ast
import importlib.util
import io
import tokenize
from pathlib import Path

import pytest

from cdk_sms_registration import asset
from cdk_sms_registration.compact_code import compact

MODULES = [
    path
    for package in ("sms_registration_handler", "sms_registration_rules")
    for folder in [Path(importlib.util.find_spec(package).origin).parent]
    for path in sorted(folder.rglob("*.py"))
    if asset.is_shipped(path, folder)
]


def documentation(tree):
    """The strings of a module that are statements of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def functions(tree):
    """The functions of a module, and all their parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.posonlyargs, *node.args.args, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg]
            yield node, [each for each in every if each is not None]


def code(source):
    """The code of a module without documentation and the annotations of functions, and the line of each part of it."""
    tree = ast.parse(source)
    for constant in documentation(tree):
        constant.value = ""
    for function, parameters in functions(tree):
        function.returns = None
        for each in parameters:
            each.annotation = None
    return ast.dump(tree), [node.lineno for node in ast.walk(tree) if hasattr(node, "lineno")]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_shipped_module_stays_the_same_code_on_the_same_lines(module):
    source = module.read_text()
    compacted = compact(source)

    assert code(compacted) == code(source)
    assert compacted.count("\n") == source.count("\n")
    assert not [
        token for token in tokenize.generate_tokens(io.StringIO(compacted).readline) if token.type == tokenize.COMMENT
    ]
    kept = {ast.get_docstring(tree) for tree in documented(compacted)}
    assert kept == {text and text.splitlines()[0] for text in map(ast.get_docstring, documented(source))}
    assert {constant.value for constant in documentation(ast.parse(compacted))} <= kept | {""}


def test_few_annotations_of_functions_are_left():
    left = [
        function
        for module in MODULES
        for function, parameters in functions(ast.parse(compact(module.read_text())))
        if function.returns or any(each.annotation for each in parameters)
    ]
    assert len(left) < 50


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("def f(a: int, *, b: str = 'c') -> None:", "def f(a, *, b='c'):"),
        ("def f(a: Mapping[str, list[Callable[[Any], None]]] | None = None):", "def f(a=None):"),
        ("async def f(*a: int, **b: Any) -> dict[str, str]: ...", "async def f(*a, **b): ..."),
        ("def f(\n    a: int,\n    b: float = 1.0,\n) -> Iterator[None]:", "def f(\n    a,\n    b=1.0,\n):"),
        ("def f(a={'b: int': c}):", "def f(a={'b: int': c}):"),
    ],
)
def test_leaves_out_the_annotations_of_functions(signature, expected):
    body = "" if signature.endswith("...") else "\n    pass"
    assert compact(signature + body + "\n") == expected + body + "\n"


def documented(source):
    """The module and its classes."""
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Module | ast.ClassDef)]


def test_keeps_a_first_line_for_the_module_and_its_classes():
    source = '''"""What it is for.

More.
"""

LIMIT = 3  # seconds
"""About the limit."""


class Request:
    """What is asked.

    Attributes:
        name: The name.
    """

    name: str

    def send(self) -> None:
        """Send it: 'now', "soon" or \\"later\\"."""
'''
    assert (
        compact(source)
        == '''"""What it is for."""




LIMIT = 3
""


class Request:
    """What is asked."""





    name: str

    def send(self):
        ""
'''
    )


@pytest.mark.parametrize(
    "line",
    [
        'X = "a # no comment"',
        "X = 'a # no comment'",
        r'X = "a \" # no comment"',
        r"X = re.compile(r'[#\"]+')",
        "X = f\"{y['#']} # no comment\"",
        'X = "" + "#"',
    ],
)
def test_a_hash_in_a_string_is_no_comment(line):
    assert compact(f"{line}  # a comment\n") == f"{line}\n"
