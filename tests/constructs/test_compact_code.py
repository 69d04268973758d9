"""What the asset leaves out of the function's modules, and that it is nothing else."""

import ast
import importlib.util
import io
import tokenize
from pathlib import Path

import pytest

from cdk_sms_registration import asset
from cdk_sms_registration.compact_code import compact

MODULES = {
    f"{package}/{path.relative_to(folder).as_posix()}": path
    for package in ("sms_registration_handler", "sms_registration_rules")
    for folder in [Path(importlib.util.find_spec(package).origin).parent]
    for path in sorted(folder.rglob("*.py"))
    if asset.is_shipped(path, folder)
}


def package_of(name):
    return name.rpartition("/")[0].replace("/", ".")


def compacted(name):
    return compact(MODULES[name].read_text(), package_of(name))


def functions(tree):
    """The functions of a module, and all their parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.posonlyargs, *node.args.args, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg]
            yield node, [each for each in every if each is not None]


class Essential(ast.NodeTransformer):
    """Removes what a function's code may be without: documentation, and annotations of functions and their variables."""

    def __init__(self, package):
        self.package = package.split(".")
        self.scopes = []
        self.imported = set()

    def visit_Expr(self, node):
        is_documentation = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_documentation else self.generic_visit(node)

    def visit_If(self, node):
        is_for_types = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if is_for_types else self.generic_visit(node)

    def visit_ClassDef(self, node):
        self.scopes.append(node)
        self.generic_visit(node)
        self.scopes.pop()
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        for _, parameters in functions(node):
            for each in parameters:
                each.annotation = None
        return self.visit_ClassDef(node)

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        if self.scopes and isinstance(self.scopes[-1], ast.FunctionDef) and node.value is not None:
            return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)
        return node

    def visit_ImportFrom(self, node):
        if node.level:
            base = self.package[: len(self.package) - node.level + 1]
            node.module, node.level = ".".join([*base, *([node.module] if node.module else [])]), 0
        self.imported |= {(node.module, alias.name, alias.asname) for alias in node.names}
        return node


class WithoutImports(ast.NodeTransformer):
    def __init__(self, omitted):
        self.omitted = omitted

    def visit_ImportFrom(self, node):
        node.names = [each for each in node.names if (node.module, each.name, each.asname) not in self.omitted]
        return node if node.names else None


def essential(source, package):
    """The code of a module, and what it imports."""
    transformer = Essential(package)
    return transformer.visit(ast.parse(source)), transformer.imported


def lines(tree):
    return [node.lineno for node in ast.walk(tree) if hasattr(node, "lineno") and not isinstance(node, ast.alias)]


@pytest.mark.parametrize("name", MODULES)
def test_every_shipped_module_stays_the_same_code_on_the_same_lines(name):
    source, short = MODULES[name].read_text(), compacted(name)
    before, imported = essential(source, package_of(name))
    after, kept = essential(short, package_of(name))
    omitted = imported - kept
    before = WithoutImports(omitted).visit(before)

    assert ast.dump(after) == ast.dump(before)
    assert lines(after) == lines(before)
    assert not {alias or name for _, name, alias in omitted} & {
        node.id for node in ast.walk(after) if isinstance(node, ast.Name)
    }
    assert short.count("\n") == source.count("\n")
    assert not [
        token for token in tokenize.generate_tokens(io.StringIO(short).readline) if token.type == tokenize.COMMENT
    ]


def test_nothing_is_left_out_that_another_module_imports():
    """A module may import a name only so that others find it there."""
    trees = {name: essential(compacted(name), package_of(name)) for name in MODULES}
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in trees}

    def defined(module):
        tree, imported = trees[modules[module]]
        names = {alias or name for _, name, alias in imported}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
        return names

    missing = [
        (name, module, imported)
        for name, (_, every) in trees.items()
        for module, imported, _ in every
        if module in modules and f"{module}.{imported}" not in modules and imported not in defined(module)
    ]
    assert not missing


def test_few_annotations_of_functions_are_left():
    left = [
        function
        for name in MODULES
        for function, parameters in functions(ast.parse(compacted(name)))
        if function.returns or any(each.annotation for each in parameters)
    ]
    assert len(left) < 50


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("def f(a: int, *, b: str = 'c') -> None:", "def f(a,*,b='c'):"),
        ("def f(a: Mapping[str, list[Callable[[Any], None]]] | None = None):", "def f(a=None):"),
        ("async def f(*a: int, **b: Any) -> dict[str, str]: ...", "async def f(*a,**b):..."),
        ("def f(\n    a: int,\n    b: float = 1.0,\n) -> Iterator[None]:", "def f(\n a,\n b=1.0,\n):"),
        ("def f(a={'b: int': c}):", "def f(a={'b: int':c}):"),
    ],
)
def test_leaves_out_the_annotations_of_functions(signature, expected):
    body, kept = ("\n", "\n") if signature.endswith("...") else ("\n    pass\n", "\n pass\n")
    assert compact(signature + body, "package") == expected + kept


def test_leaves_out_what_running_does_not_need():
    source = '''"""What it is for.

More.
"""

from typing import TYPE_CHECKING, Any

from package.room import Request, Response
from package.room.inner import (
    first,
    second,
)
from package import room
from other import Thing

if TYPE_CHECKING:
    from package.room import Later

LIMIT = 3  # seconds
"""About the limit."""


class Request:
    """What is asked.

    Attributes:
        name: The name.
    """

    name: str = ""
    things: Mapping[str, Thing]

    def send(self, other: Any) -> Response:
        """Send it: 'now', "soon" or \\"later\\"."""
        found: dict[str, Later] = {}
        last: Later | None = self.last()
        return second(room, found, "a, b = c")

    def last(self):
        """Nothing else."""
'''
    assert (
        compact(source, "package.room")
        == """






from ..room import Request
from ..room.inner import second



from .. import room
from other import Thing




LIMIT=3



class Request:
 "."





 name:str=""
 things:Mapping[str,Thing]

 def send(self,other):

  found={}
  last=self.last()
  return second(room,found,"a, b = c")

 def last(self):
  ""
"""
    )


def test_a_package_that_is_only_a_docstring_becomes_empty():
    assert compact('"""What the room is for."""\n', "package.room") == '""\n'


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
    (constant,) = [node.value for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Assign)]
    shorter = compact(f"{line}  # a comment\n", "package")

    assert shorter == f"X={line.removeprefix('X = ')}\n".replace(" + ", "+")
    assert ast.dump(ast.parse(shorter).body[0].value) == ast.dump(constant)
