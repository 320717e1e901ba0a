"""Sources out of a saved plan: what real terraform put there, and what anybody else may."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import InputError
from scanner.hcl.values import Failed
from scanner.model import Unknown
from scanner.terraform.planfile import Source
from scanner.terraform.sources.files import MOST_MODULES, SourceTree
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.zipped import from_saved_plan
from sourcetree import EMPTY, terraform, told, written
from tools import GIT, TERRAFORM

ROOT_MODULE = [{"Key": "", "Dir": "."}]


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    # Whatever the name holds, as an attacker's own program would write it.
    info.filename = name
    info.external_attr = mode << 16
    return info


def zipped(
    *entries: tuple[str | zipfile.ZipInfo, bytes | str], modules: object = ROOT_MODULE, how: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A saved plan as far as anybody but terraform can tell."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        archive.writestr("tfplan", b"x")
        for name, content in entries:
            archive.writestr(name, content)
        if modules is not None:
            archive.writestr("tfconfig/modules.json", modules if isinstance(modules, str) else json.dumps(modules))
    return out.getvalue()


def plan_tree(content: bytes, folder: Path | None = None) -> SourceTree:
    return from_saved_plan(Source("tfplan", content), folder)


MAIN = """
variable "name" { default = "b" }
module "bot" { source = "./modules/bot" }
module "again" { source = "./modules/bot" }
module "shared" { source = "../shared" }
resource "terraform_data" "a" { input = templatefile("${path.module}/a.tftpl", { name = var.name }) }
"""


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a root module that calls others, inside and outside its folder, and its saved plan."""
    if TERRAFORM.found is None:
        pytest.skip(TERRAFORM.missing)
    top = tmp_path_factory.mktemp("repository")
    (top / ".git").mkdir()
    written(
        top,
        live__main=MAIN,
        live__override='resource "terraform_data" "a" { triggers_replace = "x" }\n',
        live__a_first_override='resource "terraform_data" "a" { triggers_replace = "y" }\n',
        live__zz='locals { late = "\N{SNOWMAN}" }\n',
        **{"live__more.tf.json": '{"locals": {"json": true}}'},
        **{"live__a.tftpl": "hello ${name}"},
        **{"live__.hidden.tf": "not read {"},
        **{"live__old.tf~": "not read {"},
        **{"live__notes.txt": "not read"},
        live__modules__bot__main='module "store" { source = "./store" }\n',
        live__modules__bot__store__main='output "folder" { value = path.module }\n',
        **{"live__modules__bot__prompt.txt": "be kind"},
        shared__main=EMPTY,
        **{"shared__shared.txt": "shared"},
    )
    written(top / "live" / "folder.tf", inside="not read {")
    terraform(top / "live", "init", "-input=false")
    terraform(top / "live", "plan", "-input=false", "-out=tfplan")
    return top


@pytest.fixture
def stack(planned: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    shutil.copytree(planned, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy" / "live"


KEYS = {(), ("bot",), ("bot", "store"), ("again",), ("again", "store"), ("shared",)}


def test_a_saved_plan_holds_the_modules_it_was_made_from(stack: Path) -> None:
    tree = plan_tree((stack / "tfplan").read_bytes())
    assert (tree.name, tree.problems, set(tree.modules)) == ("tfplan", (), KEYS)
    root = tree.modules[()]
    # Override files come last, hidden ones and what editors leave behind not at all.
    assert list(root.texts) == ["main.tf", "more.tf.json", "zz.tf", "a_first_override.tf", "override.tf"]
    assert (root.texts["main.tf"], root.folder, root.incomplete) == (MAIN, ".", "")
    assert {key: module.folder for key, module in tree.modules.items()} == {
        (): ".",
        ("bot",): "modules/bot",
        ("bot", "store"): "modules/bot/store",
        ("again",): "modules/bot",
        ("again", "store"): "modules/bot/store",
        ("shared",): "../shared",
    }
    assert list(tree.modules["bot", "store"].texts) == ["modules/bot/store/main.tf"]


def test_a_folder_has_what_its_saved_plan_has(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(stack.parent)
    plan, folder = plan_tree((stack / "tfplan").read_bytes(), Path("live")), from_folder(Path("live"))
    assert folder.problems == ()
    assert plan.modules.keys() == folder.modules.keys()
    for key, module in plan.modules.items():
        same = folder.modules[key]
        assert (list(module.texts.items()), module.folder) == (list(same.texts.items()), same.folder)
        for path in ("a.tftpl", "modules/bot/prompt.txt", "../shared/shared.txt", "../shared/none", "none"):
            one, other = module.files.read(path), same.files.read(path)
            assert one == other or (
                isinstance(one, Unknown) and isinstance(other, Failed) and one.reason == other.reason
            )
    assert list(plan.modules["shared",].texts) == ["shared/main.tf"]
    assert "live/main.tf" in plan.modules[()].texts


def test_a_saved_plan_reads_files_beside_it(stack: Path) -> None:
    tree = plan_tree((stack / "tfplan").read_bytes(), stack)
    root, bot, shared = (tree.modules[key].files for key in ((), ("bot",), ("shared",)))
    assert root.read("./a.tftpl") == b"hello ${name}"
    assert bot.read("modules/bot/prompt.txt") == b"be kind"
    assert bot.names("modules/bot", "**") == ["main.tf", "prompt.txt", "store/main.tf"]
    assert shared.read("../shared/shared.txt") == b"shared"
    outside = root.read("../shared/shared.txt")
    assert isinstance(outside, Unknown)
    assert "lies outside the folders of the configuration" in outside.reason


def test_a_file_that_is_gone_says_nothing_of_the_time_of_the_plan(stack: Path) -> None:
    files = plan_tree((stack / "tfplan").read_bytes(), stack).modules[()].files
    (stack / "a.tftpl").unlink()
    gone = files.read("a.tftpl")
    assert isinstance(gone, Unknown)
    assert not isinstance(gone, Failed)
    assert isinstance(from_folder(stack).modules[()].files.read("a.tftpl"), Failed)


@pytest.mark.parametrize(
    ("change", "module", "where"),
    [
        (lambda live: (live / "main.tf").write_text(MAIN + " "), (), "main.tf"),
        (lambda live: (live / "main.tf").write_text(MAIN + " "), ("bot",), "main.tf"),
        (lambda live: (live / "zz.tf").unlink(), (), "zz.tf"),
        (lambda live: (live / "new.tf").write_text(""), (), "new.tf"),
        (lambda live: (live / "modules" / "bot" / "main.tf").write_text(""), ("again",), "main.tf"),
        (lambda live: shutil.rmtree(live.parent / "shared"), ("shared",), "No such file"),
    ],
)
def test_files_beside_other_sources_are_not_read(
    change: object, module: tuple[str, ...], where: str, stack: Path
) -> None:
    tree = plan_tree((stack / "tfplan").read_bytes(), stack)
    assert callable(change)
    change(stack)
    for answer in (tree.modules[module].files.read("a.tftpl"), tree.modules[module].files.names(".", "*.tftpl")):
        assert isinstance(answer, Unknown)
        assert where in answer.reason
    untouched = plan_tree((stack / "tfplan").read_bytes(), stack).modules["bot", "store"].files.read("a.tftpl")
    assert untouched == b"hello ${name}" or module in {(), ("bot",)}


def test_without_a_folder_no_file_is_read(stack: Path) -> None:
    files = plan_tree((stack / "tfplan").read_bytes()).modules[()].files
    for answer in (files.read("a.tftpl"), files.names(".", "*")):
        assert isinstance(answer, Unknown)
        assert "--chdir" in answer.reason


@TERRAFORM.needed
@GIT.needed
@pytest.mark.parametrize("data", ["", "data", "absolute"])
def test_modules_of_other_repositories(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = written(
        tmp_path / "package", main='module "in" { source = "./sub" }', sub__main='output "y" { value = 1 }'
    )
    written(package, **{"note.txt": "a note"})
    git = ["git", "-C", str(package), "-c", "user.name=n", "-c", "user.email=e"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    source = f'module "far" {{ source = "git::file://{package}?ref=v1" }}\n'
    live = written(tmp_path / "live", main=source)
    if data:
        monkeypatch.setenv("TF_DATA_DIR", str(tmp_path / data) if data == "absolute" else data)
    assert "run 'terraform init' here" in told(from_folder(live))
    terraform(live, "init", "-input=false")
    terraform(live, "plan", "-input=false", "-out=tfplan")
    plan, folder = plan_tree((live / "tfplan").read_bytes(), live), from_folder(live)
    assert (plan.problems, folder.problems) == ((), ())
    assert set(plan.modules) == set(folder.modules) == {(), ("far",), ("far", "in")}
    assert plan.modules["far", "in"].folder == folder.modules["far", "in"].folder
    assert dict(plan.modules["far", "in"].texts) == dict(folder.modules["far", "in"].texts)
    for tree in (plan, folder):
        far = tree.modules["far",]
        assert far.files.read(f"{far.folder}/note.txt") == b"a note"
    # What is installed is no longer what is called for.
    written(live, main=source.replace("v1", "v2"))
    assert "calls another source than the one that is installed; run 'terraform init'" in told(from_folder(live))


# --- a zip that somebody else made

MAIN_FILE = ("tfconfig/m-/main.tf", EMPTY)


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        (entry("/tfconfig/m-/x.tf"), "no path that a saved plan has"),
        (entry("../../x.tf"), "no path that a saved plan has"),
        (entry("tfconfig/m-/../m-/x.tf"), "no path that a saved plan has"),
        (entry("tfconfig//m-/x.tf"), "no path that a saved plan has"),
        (entry("tfconfig\\m-\\x.tf"), "no path that a saved plan has"),
    ],
)
def test_odd_paths_in_a_zip_are_told(odd: zipfile.ZipInfo, what: str) -> None:
    tree = plan_tree(zipped(MAIN_FILE, (odd, 'output "planted" { value = 1 }')))
    assert what in told(tree)
    assert dict(tree.modules[()].texts) == {"main.tf": EMPTY}


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ([(entry("tfconfig/m-/x.tf", stat.S_IFLNK | 0o777), "/etc/passwd")], "is a symbolic link"),
        ([("tfconfig/m-/x.tf", "a = 1"), ("tfconfig/m-/x.tf", "a = 2")], "is there twice"),
        ([("tfconfig/m-/x.tf", b"# " + bytes(range(33, 127)) * 50_000)], "is larger than 4 MiB"),
        ([("tfconfig/m-/x.tf", b"a = 1\nb = \xff\n")], "x.tf:2:5: is not UTF-8 at byte 10"),
        ([("tfconfig/m-/x.tf", "a = 1".encode("utf-16"))], "is UTF-16"),
        ([("tfconfig/m-/x.tf", "a = 1\n \0")], "x.tf:2:2: holds a NUL byte"),
    ],
)
def test_what_cannot_be_read_leaves_its_module_incomplete(entries: list[tuple[str, bytes]], what: str) -> None:
    others = [("tfconfig/m-bot/main.tf", EMPTY)]
    tree = plan_tree(zipped(MAIN_FILE, *entries, *others, modules=[*ROOT_MODULE, {"Key": "bot", "Dir": "bot"}]))
    assert what in told(tree)
    root, bot = tree.modules[()], tree.modules["bot",]
    assert (dict(root.texts), bool(root.incomplete)) == ({"main.tf": EMPTY}, True)
    assert (dict(bot.texts), bot.incomplete) == ({"bot/main.tf": EMPTY}, "")


def patched(content: bytes, name: bytes, at: int, value: bytes) -> bytes:
    """Change a field of an entry in the central directory."""
    header = content.rindex(b"PK\x01\x02", 0, content.rindex(name))
    return content[: header + at] + value + content[header + at + len(value) :]


@pytest.mark.parametrize(
    ("at", "value", "what"),
    [
        (8, b"\x01\x00", "is encrypted"),
        (10, b"\x63\x00", "is damaged"),  # an unknown compression
        (16, b"\x00\x00\x00\x00", "is damaged"),  # another checksum
        (24, b"\x05\x00\x00\x00", "is damaged"),  # a size less than what it unpacks to
        (42, b"\xff\xff\x00\x00", "is damaged"),  # an offset at which nothing is
    ],
)
def test_lies_about_an_entry(at: int, value: bytes, what: str) -> None:
    content = zipped(MAIN_FILE, ("tfconfig/m-/bomb.tf", b" " * 3_000_000))
    tree = plan_tree(patched(content, b"tfconfig/m-/bomb.tf", at, value))
    assert what in told(tree)
    assert dict(tree.modules[()].texts) == {"main.tf": EMPTY}
    assert "bomb.tf" in tree.modules[()].incomplete or what in tree.modules[()].incomplete


def test_a_zip_bomb_is_not_opened() -> None:
    with pytest.raises(InputError, match="would unpack to"):
        plan_tree(zipped(*((f"tfconfig/m-/{i}.tf", bytes(30 << 20)) for i in range(10))))
    with pytest.raises(InputError, match="is not opened"):
        plan_tree(zipped(*((f"tfconfig/m-/{i}.tf", b"") for i in range(100_001))))


def test_sources_have_a_limit_in_all_and_a_text_counts_once() -> None:
    big = [b"#" + os.urandom(1 << 20).hex().encode() for _ in range(33)]
    tree = plan_tree(zipped(*((f"tfconfig/m-/{i:02}.tf", text) for i, text in enumerate(big)), how=zipfile.ZIP_STORED))
    assert len(tree.modules[()].texts) == 31
    assert "there are more than 64 MiB of sources" in told(tree)
    modules = [*ROOT_MODULE, *({"Key": f"m{i}", "Dir": "m"} for i in range(40))]
    same = zipped(
        MAIN_FILE, *((f"tfconfig/m-m{i}/main.tf", big[0]) for i in range(40)), modules=modules, how=zipfile.ZIP_STORED
    )
    assert plan_tree(same).problems == ()


def test_ten_thousand_modules() -> None:
    keys = [f"m{i // 100}.n{i % 100}" if i % 100 else f"m{i // 100}" for i in range(10_000)]
    modules = [*ROOT_MODULE, *({"Key": key, "Source": "./x", "Dir": "x"} for key in keys)]
    tree = plan_tree(zipped(MAIN_FILE, *((f"tfconfig/m-{key}/main.tf", EMPTY) for key in keys), modules=modules))
    assert tree.problems == ()
    assert len(tree.modules) == 10_001
    assert dict(tree.modules["m99", "n99"].texts) == {"x/main.tf": EMPTY}


@pytest.mark.parametrize(
    ("modules", "what"),
    [
        (None, "holds no tfconfig/modules.json"),
        ("", "is no list of modules"),
        ("[" * 100_000, "is no list of modules"),
        ('{"Modules": []}', "is no list of modules"),
        ("[1, 2]", "is no list of modules"),
        ('[{"Key": "bot", "Dir": "a"}, {"Key": "bot", "Dir": "b"}]', "module bot is listed twice"),
        ('[{"Key": "bot"}]', "module bot has no folder"),
        ('[{"Key": "bot\\u001b[2J", "Dir": "a"}]', "module bot\\x1b[2J has a name that no module has"),
        (json.dumps([{"Key": ".".join("a" * 101), "Dir": "a"}]), "through more than 100 others"),
        (json.dumps([{"Key": f"m{i}", "Dir": "a"} for i in range(MOST_MODULES + 2)]), "is one of more than 20,000"),
    ],
)
def test_a_list_of_modules_that_is_none(modules: str | None, what: str) -> None:
    tree = plan_tree(zipped(MAIN_FILE, ("tfconfig/m-bot/main.tf", EMPTY), modules=modules))
    assert what in told(tree)
    assert ":1:1:" not in told(tree)
    assert dict(tree.modules[()].texts) == {"main.tf": EMPTY}
    assert ("bot",) not in tree.modules


def test_a_module_that_is_not_listed_is_told() -> None:
    tree = plan_tree(zipped(MAIN_FILE, ("tfconfig/m-bot/main.tf", EMPTY)))
    assert "tfplan: module bot is not in tfconfig/modules.json" in told(tree)


def test_modules_in_a_circle_and_outside(tmp_path: Path) -> None:
    dirs = {"up": "../up", "away": "/etc", "self": ".", "self.self": "."}
    modules = [*ROOT_MODULE, *({"Key": key, "Dir": where} for key, where in dirs.items())]
    entries = [(f"tfconfig/m-{key}/main.tf", EMPTY) for key in ("", *dirs)]
    top = written(tmp_path / "top", live__main=EMPTY)
    tree = plan_tree(zipped(*entries, modules=modules), top / "live")
    assert {key: module.folder for key, module in tree.modules.items() if key} == {
        tuple(key.split(".")): where for key, where in dirs.items()
    }
    assert tree.modules["self", "self"].files.read("main.tf") == EMPTY.encode()
    for module, path in (("up", "../up/main.tf"), ("away", "/etc/passwd"), ("away", "main.tf")):
        answer = tree.modules[module,].files.read(path)
        assert isinstance(answer, Unknown)
        assert "lies outside the repository" in answer.reason


names = st.text(st.sampled_from("ab./\\m-_~#\0é"), max_size=12).map(lambda tail: f"tfconfig/m-{tail}")


@given(
    entries=st.lists(st.tuples(names | st.text(max_size=20), st.binary(max_size=40)), max_size=8),
    modules=st.none() | st.text(max_size=60) | st.lists(st.dictionaries(st.sampled_from(["Key", "Dir"]), names)),
)
@settings(max_examples=100, deadline=None)
def test_any_zip_is_read_or_told(entries: list[tuple[str, bytes]], modules: object) -> None:
    odd = [(entry(name.encode(errors="replace").decode() or "x"), content) for name, content in entries]
    tree = plan_tree(zipped(MAIN_FILE, *odd, modules=modules))
    assert tree.modules[()].texts["main.tf"] == EMPTY or tree.modules[()].incomplete
    for module in tree.modules.values():
        assert all("\0" not in text and "\x1b" not in shown for shown, text in module.texts.items())


@given(at=st.integers(0, 5000), change=st.integers(1, 255), cut=st.integers(0, 3) | st.integers(0, 5000))
@settings(max_examples=200, deadline=None)
def test_a_damaged_zip_is_refused_or_told(at: int, change: int, cut: int) -> None:
    modules = [*ROOT_MODULE, {"Key": "bot", "Dir": "bot"}]
    whole = zipped(MAIN_FILE, ("tfconfig/m-bot/main.tf", EMPTY * 3), modules=modules)
    content = bytearray(whole[: max(1, len(whole) - cut)])
    content[at % len(content)] ^= change
    try:
        tree = plan_tree(bytes(content))
    except InputError:
        return
    root, bot = tree.modules[()], tree.modules.get(("bot",))
    assert dict(root.texts) == {"main.tf": EMPTY} or root.incomplete
    assert bot is None or bot.incomplete or list(bot.texts.values()) == [EMPTY * 3]
    assert bot is not None or tree.problems or list(tree.modules) != [()]
