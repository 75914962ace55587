"""No page hands text from outside to Markdown: what it renders is our own words, or went through `plain`."""

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted(
    str(file.relative_to(ROOT)) for folder in ("pages", "components") for file in (ROOT / folder).glob("*.py")
)

# Streamlit's elements that render Markdown in their first argument, or in one of these keywords.
SINKS = {
    "title", "header", "subheader", "markdown", "write", "caption", "error", "success", "warning", "info", "toast",
    "exception", "metric", "progress", "status", "expander", "popover", "button", "download_button", "link_button",
    "form_submit_button", "badge", "checkbox", "toggle", "radio", "pills", "segmented_control", "selectbox",
    "multiselect", "text_input", "text_area", "number_input", "date_input", "time_input", "file_uploader", "table",
    "tabs", "page_link", "data_editor_label", "spinner", "menu_button", "datetime_input",
}  # fmt: skip
KEYWORDS = {"label", "body", "text", "title", "help", "value", "delta", "captions"}
# These show what they are given as it is.
VERBATIM = {"text_input": {"value"}, "text_area": {"value"}, "number_input": {"value"}, "date_input": {"value"},
            "toggle": {"value"}, "checkbox": {"value"}, "datetime_input": {"value"}, "selectbox": {"value"},
            "time_input": {"value"}}  # fmt: skip

NUMBER_FIRST = {"progress"}

# Functions whose result is fit for Markdown: escaped, a number, a time, or put together of such by this project.
SAFE_CALLS = {
    "plain",
    "number",
    "many",
    "moment",
    "clock",
    "duration",
    "relative",
    "len",
    "str.join",
    "counted",
    "round",
}
SAFE_ATTRIBUTES = {"label", "word", "icon", "colour", "meaning"}  # of `components.status.Look`


class Judge:
    """Says of an expression whether it can hold text from outside. One per module; knows the others of components."""

    def __init__(self, tree: ast.Module, others: dict[str, "Judge"] | None = None) -> None:
        self.tree, self.others = tree, others or {}
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self.imported = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        self.imported |= {
            alias.asname or alias.name: ("", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
            if alias.name != "streamlit"
        }
        self.judging: set[str] = set()

    def is_safe(self, node: ast.expr | None, inside: ast.AST) -> bool:
        match node:
            case None | ast.Constant():
                return True
            case ast.JoinedStr(values=values) | ast.BoolOp(values=values):
                return all(self.is_safe(value, inside) for value in values)
            case ast.List(elts=values) | ast.Tuple(elts=values):
                return all(self.is_safe(value, inside) for value in values)
            case ast.FormattedValue(value=value, format_spec=spec):
                return _is_numeric(spec) or self.is_safe(value, inside)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
                return self.is_safe(one, inside) and self.is_safe(other, inside)
            case ast.Starred(value=value) | ast.Subscript(value=value):
                return self.is_safe(value, inside)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
                return self.is_safe(element, inside)
            case ast.Attribute(attr=name):
                return name in SAFE_ATTRIBUTES or name.isupper()
            case ast.Name(id=name):
                return name.strip("_").isupper() or self._is_safe_name(name, inside)
            case ast.Call():
                return self._is_safe_call(node, inside)
        return False

    def _is_safe_call(self, call: ast.Call, inside: ast.AST) -> bool:
        match call.func:
            case ast.Attribute(attr="join"):
                return all(self.is_safe(argument, inside) for argument in call.args)
            case ast.Attribute(attr="get" | "items" | "values" | "lower", value=owner):
                return self.is_safe(owner, inside) and all(self.is_safe(one, inside) for one in call.args[1:])
            case ast.Attribute(attr=name, value=ast.Name(id=module)) if module in self.imported:
                return name in SAFE_CALLS or self._is_safe_there(".".join(self.imported[module]), name)
            case ast.Attribute(attr=name):
                return name in SAFE_CALLS
            case ast.Name(id=name) if name in self.imported:
                return name in SAFE_CALLS or self._is_safe_there(*self.imported[name])
            case ast.Name(id=name):
                return name in SAFE_CALLS or self.gives_safe(name)
        return False

    def _is_safe_there(self, module: str, name: str) -> bool:
        other = self.others.get(module)
        return other is not None and other.gives_safe(name)

    def gives_safe(self, name: str) -> bool:
        """Whether everything a function of this module returns is safe."""
        function = self.functions.get(name)
        if function is None or name in self.judging:
            return function is not None
        self.judging.add(name)
        given = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        safe = bool(given) and all(self.is_safe(value, function) for value in given)
        self.judging.discard(name)
        return safe

    def _is_safe_name(self, name: str, inside: ast.AST) -> bool:
        """A local name is safe when everything ever put into it is; a parameter, when every call here gives it so."""
        put = list(_put_into(name, inside))
        if put:
            return all(self.is_safe(value, inside) for value in put)
        if not isinstance(inside, ast.FunctionDef):
            return False
        parameters = [*inside.args.args, *inside.args.kwonlyargs]
        asked = next((one for one in parameters if one.arg == name), None)
        if asked is None:
            return False
        return getattr(asked.annotation, "id", "") in ("int", "float", "bool") or self._is_given_safe(inside, name)

    def _is_given_safe(self, function: ast.FunctionDef, name: str) -> bool:
        """Whether every call of this function, wherever in pages and components, gives this parameter safely."""
        places = [one.arg for one in function.args.args]
        found, safe = False, True
        for judge in {self, *self.others.values()}:
            for call, where in judge.calls_of(self, function.name):
                place = places.index(name) if name in places else len(call.args)
                given = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == name)]
                found, safe = True, safe and all(judge.is_safe(one, where) for one in given)
        return found and safe

    def calls_of(self, owner: "Judge", name: str) -> Iterator[tuple[ast.Call, ast.AST]]:
        """The calls of a function of `owner` in this module, each with the function around it."""
        for call, where in self.calls:
            match call.func:
                case ast.Name(id=called) if called == name:
                    module = self.imported[name][0] if name in self.imported else ""
                case ast.Attribute(attr=called, value=ast.Name(id=alias)) if called == name and alias in self.imported:
                    module = ".".join(self.imported[alias])
                case _:
                    continue
            if (self is owner and not module) or self.others.get(module) is owner:
                yield call, where

    @cached_property
    def calls(self) -> list[tuple[ast.Call, ast.AST]]:
        around = {id(inner): scope for scope in self.functions.values() for inner in ast.walk(scope)}
        return [(one, around.get(id(one), self.tree)) for one in ast.walk(self.tree) if isinstance(one, ast.Call)]


def _put_into(name: str, inside: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(inside):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name) and target.id == name:
                        yield value
                    if isinstance(target, ast.Tuple) and any(
                        isinstance(e, ast.Name) and e.id == name for e in target.elts
                    ):
                        values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
                        yield from (
                            v for e, v in zip(target.elts, values, strict=False) if getattr(e, "id", "") == name
                        )
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                yield value
            case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case ast.For(target=target, iter=values) | ast.comprehension(target=target, iter=values):
                yield from _taken_from(name, target, values)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=target), attr="append"), args=[value]) if target == name:
                yield value


def _taken_from(name: str, target: ast.expr, values: ast.expr) -> Iterator[ast.expr]:
    """What a loop puts into a name; of literal pairs only the matching half."""
    if isinstance(target, ast.Name) and target.id == name:
        yield values
    if isinstance(target, ast.Tuple) and name in (names := [getattr(one, "id", "") for one in target.elts]):
        place = names.index(name)
        if isinstance(values, ast.Call) and getattr(values.func, "id", "") == "zip":
            yield values.args[place]
            return
        pairs = values.elts if isinstance(values, ast.List | ast.Tuple) else [values]
        yield from (one.elts[place] if isinstance(one, ast.Tuple) else one for one in pairs)


def _is_numeric(spec: ast.expr | None) -> bool:
    """`{amount:,}` and the like work with numbers only."""
    return isinstance(spec, ast.JoinedStr) and any(
        isinstance(part, ast.Constant) and str(part.value)[-1:] in ",dfg%" for part in spec.values
    )


def unsafe(judge: Judge) -> list[str]:
    """Each text that may come from outside and goes to Markdown: line and code."""
    found = []
    for call, inside in judge.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in SINKS and _is_streamlits(call.func.value, judge):
            name = call.func.attr
            first = call.args[:1] if name not in NUMBER_FIRST else []
            named = [one.value for one in call.keywords if one.arg in KEYWORDS - VERBATIM.get(name, set())]
            found += [f"{one.lineno}: {ast.unparse(one)}" for one in [*first, *named] if not judge.is_safe(one, inside)]
    return found


def _is_streamlits(owner: ast.expr, judge: Judge) -> bool:
    """`st`, or one of its containers: anything that is not a module or a value of ours."""
    if isinstance(owner, ast.Attribute):
        return _is_streamlits(owner.value, judge)
    return isinstance(owner, ast.Name) and owner.id not in judge.imported


def module_name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


@cache
def judges() -> dict[str, Judge]:
    """A judge of every page and component, under its module's name."""
    found: dict[str, Judge] = {}
    for path in FILES:
        found[module_name(path)] = Judge(ast.parse((ROOT / path).read_text(encoding="utf-8")), found)
    return found


@pytest.mark.parametrize("path", FILES)
def test_nothing_from_outside_reaches_markdown_as_it_is(path: str) -> None:
    """A name from a CSV that is a picture would call its owner from the browser of everybody who sees it."""
    assert unsafe(judges()[module_name(path)]) == []


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(name)", "st.error(f'{batch.name} failed')", "st.button('Register ' + name)", "box.caption(name)",
        "st.info('x', title=listing.session.title)", "words = row.name\nst.write(words)", "st.table(rows)",
        "def f(x):\n    return x.name\nst.warning(f(1))",
    ],
)  # fmt: skip
def test_what_comes_from_outside_is_seen(line: str) -> None:
    """The rule itself must be able to fail."""
    assert unsafe(Judge(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(plain(name))", "st.error(f'{many(3, \"person\")} failed')", "st.markdown(f'{amount:,}')",
        "words = plain(name) if name else ''\nst.write(words)", "st.text(name)", "st.code(name, language=None)",
        "st.markdown(status.STATUSES[one].label)", "def f(x):\n    return f'for {plain(x)}'\nst.warning(f(1))",
    ],
)  # fmt: skip
def test_our_own_words_pass(line: str) -> None:
    """Else the rule would be switched off before long."""
    assert unsafe(Judge(ast.parse(line))) == []
