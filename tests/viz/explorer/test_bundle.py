"""The modules of the page as one script: all of them, in their order, and what cannot be one."""

import re
import subprocess

import pytest

from viz.explorer.page import bundle

from .conftest import WEB

APART = {"graphviz.js", "picture/layout/layout_worker.js", "widget.js"}  # these are scripts of their own
FOUND = {path.relative_to(WEB).as_posix() for path in WEB.rglob("*.js")} - APART
MODULES = sorted(name for name in FOUND if not name.startswith("play/"))  # that is another page, see tests/viz/play
MAY_IMPORT = {  # which way the imports point; what stands in web/ itself may import all of them
    "state": {"state"},  # the numbers and what is known of them: no document
    "picture": {"picture", "state", "beside.js", "dom.js"},
    "panels": {"panels", "state", "beside.js", "dom.js"},
}


@pytest.fixture
def bundle_of(tmp_path):
    """A function of modules, {path: text}, that bundles those that main.js imports."""

    def bundle_of(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name.replace('__', '/')}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        return bundle("main.js", tmp_path)

    return bundle_of


def test_the_bundle_is_one_module_without_imports(tmp_path, node):
    text = bundle("explorer.js")
    assert not re.search("^(import|export) ", text, re.MULTILINE)
    (tmp_path / "bundle.mjs").write_text(f"const RULES = [];\n{text}", "utf-8")  # twice the same name is an error here
    subprocess.run([node, "--check", tmp_path / "bundle.mjs"], check=True)


def test_every_module_is_in_the_bundle():
    text = bundle("explorer.js")
    assert [name for name in MODULES if (WEB / name).read_text("utf-8").splitlines()[0] not in text] == []


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_one_way(folder):
    modules = [WEB / name for name in MODULES if name.startswith(f"{folder}/")]
    imported = {
        (path.parent / written).resolve().relative_to(WEB.resolve()).parts[0]
        for path in modules
        for written in re.findall('from "([^"]+)";$', path.read_text("utf-8"), re.MULTILINE)
    }
    assert imported - MAY_IMPORT[folder] == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("state/")])
def test_the_state_knows_no_document(name):
    assert not re.search(r"\b(document|window|location)\b", (WEB / name).read_text("utf-8"))


def test_a_module_stands_after_those_that_it_imports_once(bundle_of):
    text = bundle_of(
        main='import { a } from "./one/a.js";\nimport { b } from "./two/b.js";\na(b);\n',
        one__a='import { b } from "../two/b.js";\nimport { c } from "./c.js";\nexport function a() {}\n',
        one__c="export const c = 3;\n",
        two__b="export class b {}\n",
    )
    assert text == "class b {}\n\nconst c = 3;\n\nfunction a() {}\n\na(b);\n"


@pytest.mark.parametrize("written", ["./none.js", "./two/a.js", "../main.js", "./one", "./one/../../one/a.js"])
def test_an_import_of_what_is_not_there_is_refused(bundle_of, written):
    with pytest.raises(ValueError, match=re.escape(f"main.js imports from {written!r}, but there is no file ")):
        bundle_of(main=f'import {{ a }} from "{written}";\n', one__a="export const a = 1;\n")


def test_a_program_of_python_in_a_text_is_none(bundle_of):
    text = "const text = `\nimport numpy as np\nfrom nn import MLP\n`;\n"
    assert bundle_of(main=text) == text


def test_a_circle_of_modules_is_refused(bundle_of):
    with pytest.raises(ValueError, match=r"in a circle: main\.js → one/a\.js → one/b\.js → one/a\.js"):
        bundle_of(
            main='import { a } from "./one/a.js";\n',
            one__a='import { b } from "./b.js";\nexport const a = 1;\n',
            one__b='import { a } from "./a.js";\nexport const b = 1;\n',
        )


@pytest.mark.parametrize(
    "statement",
    ['import a from "./one/a.js";', 'import * as a from "./one/a.js";', 'import "./one/a.js";',
     "import { a } from './one/a.js';", 'import { a } from "elsewhere";', "export default a;", "export { a };",
     'export * from "./one/a.js";', 'await 1;\nimport("./one/a.js");'],
)  # fmt: skip
def test_what_one_script_cannot_have_is_refused(bundle_of, statement):
    with pytest.raises(ValueError, match=r"main\.js imports or exports in a form that one script cannot have"):
        bundle_of(main=f"{statement}\n", one__a="export const a = 1;\n")
