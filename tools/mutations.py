"""Small changes of a module's source, each of which a test should notice: the operators of `make mutants`.

Messages, log lines, annotations and numbers are left alone: they decide nothing, or only how long something takes.
"""

import ast
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_OPPOSITES: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.BitOr: ast.BitAnd(),
    ast.BitAnd: ast.BitOr(),
}


@dataclass(frozen=True)
class Mutant:
    """One changed source.

    Attributes:
        line: Where the change begins, counted from 1.
        last_line: Where it ends.
        source: The whole changed module.
        at_import: Whether the change takes effect when the module is imported, and not when a function runs.
        diff: The changed lines, before and after.
    """

    line: int
    last_line: int
    source: str
    at_import: bool
    diff: str


def of_source(source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    found: dict[str, Mutant] = {}
    tree = ast.parse(source)
    bodies = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    for node, text in _changes(tree):
        changed, last = _replaced(source, node, text), node.end_lineno or node.lineno
        if changed not in found and not _is_same(node, text):
            at_import = not any(each.body[0].lineno <= node.lineno <= (each.end_lineno or 0) for each in bodies)
            found[changed] = Mutant(node.lineno, last, changed, at_import, _diff(source, changed))
    return sorted(found.values(), key=lambda each: each.line)


def _is_same(node: ast.expr | ast.stmt, text: str) -> bool:
    changed = ast.parse(text).body[0]
    return ast.dump(
        changed.value if isinstance(changed, ast.Expr) and isinstance(node, ast.expr) else changed
    ) == ast.dump(node)


def _replaced(source: str, node: ast.expr | ast.stmt, text: str) -> str:
    lines = source.encode().splitlines(keepends=True)
    last = (node.end_lineno or node.lineno) - 1
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[last][node.end_col_offset :] + b"".join(lines[last + 1 :])
    return (before + text.encode() + after).decode()


def _diff(source: str, changed: str) -> str:
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


# --- what is changed ---

Change = tuple[ast.expr | ast.stmt, str]


def _changes(tree: ast.Module) -> Iterator[Change]:
    for node in _reached(tree):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            yield from _condition(node.test)
        elif isinstance(node, ast.comprehension):
            for each in node.ifs:
                yield from _condition(each)
        if isinstance(node, ast.expr):
            for changed in _expression(node):
                yield node, f"({changed})"
        elif isinstance(node, ast.stmt):
            for statement in _statement(node):
                yield node, statement


def _reached(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that decide something: no annotations, decorators, docstrings, messages or log lines."""
    for name, field in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        if isinstance(node, (ast.Raise, ast.Assert)) and name in ("exc", "cause", "msg"):
            continue
        if isinstance(node, ast.Subscript) and name == "slice":
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr) and not _is_log_line(child):
                yield child
                yield from _reached(child)


def _is_log_line(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("logger.")
    )


def _condition(test: ast.expr) -> Iterator[Change]:
    """Always, and never: a condition that is right in both ways cannot be reversed either."""
    yield test, "True"
    yield test, "False"


def _statement(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.Raise, ast.AugAssign, ast.Continue, ast.Break)) or _is_call(node) or _is_stored(node):
        yield "pass"
    elif isinstance(node, ast.Return):
        if node.value is None:
            yield "pass"
        elif not (isinstance(node.value, ast.Constant) and node.value.value in (None, False)):
            yield "return None"


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Yield, ast.YieldFrom))


def _is_stored(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Subscript, ast.Attribute))


def _expression(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.BoolOp):
        for kept in _without_each(node.values):
            yield f" {_name(node.op)} ".join(f"({ast.unparse(each)})" for each in kept)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield ast.unparse(node.operand)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in _OPPOSITES[type(node.ops[0])]:
            yield ast.unparse(ast.Compare(node.left, [operator()], node.comparators))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield str(not node.value)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield ast.unparse(ast.BinOp(node.left, _ARITHMETIC[type(node.op)], node.right))
    elif isinstance(node, ast.IfExp):
        yield ast.unparse(node.body)
        yield ast.unparse(node.orelse)
    elif isinstance(node, ast.Call):
        for keywords in _without_each(node.keywords, at_least=1):
            yield ast.unparse(ast.Call(node.func, node.args, keywords))
    else:
        yield from _fewer(node)


def _fewer(node: ast.expr) -> Iterator[str]:
    """A collection without one of its elements."""
    if isinstance(node, (ast.Set, ast.List)) or (isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load)):
        for kept in _without_each(node.elts):
            yield ast.unparse(type(node)(kept) if isinstance(node, ast.Set) else type(node)(kept, ast.Load()))
    elif isinstance(node, ast.Dict):
        for pairs in _without_each(list(zip(node.keys, node.values, strict=True)), at_least=1):
            yield ast.unparse(ast.Dict([key for key, _ in pairs], [value for _, value in pairs]))


def _without_each(values: list[Any], *, at_least: int = 2) -> Iterable[list[Any]]:
    if len(values) < at_least or all(
        isinstance(each, ast.Constant) and isinstance(each.value, float) for each in values
    ):
        return
    for position in range(len(values)):
        yield values[:position] + values[position + 1 :]


def _name(operator: ast.boolop) -> str:
    return "and" if isinstance(operator, ast.And) else "or"
