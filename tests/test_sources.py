"""Sources, out of a saved plan or a folder: what real terraform loads, and whatever else may lie there."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import InputError
from scanner.hcl.values import Failed
from scanner.model import Unknown
from scanner.terraform.planfile import Source
from scanner.terraform.sources.calls import Call, calls, installed_otherwise
from scanner.terraform.sources.files import MOST_BYTES, MOST_MODULES, SourceTree, loaded
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.manifest import Entry
from scanner.terraform.sources.versions import meets
from scanner.terraform.sources.zipped import from_saved_plan
from tools import GIT, TERRAFORM

ROOT_MODULE = [{"Key": "", "Dir": "."}]
EMPTY = 'resource "terraform_data" "x" {}\n'


def written(folder: Path, **files: str | bytes) -> Path:
    """A folder with these files; __ in a name is /, and a name without a dot is a .tf."""
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path = path if path.suffix else path.with_suffix(".tf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    # Whatever the name holds, as an attacker's own program would write it.
    info.filename = name
    info.external_attr = mode << 16
    return info


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes | str], modules: object = ROOT_MODULE) -> bytes:
    """A saved plan as far as anybody but terraform can tell."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        archive.writestr("tfplan", b"x")
        for name, content in entries:
            archive.writestr(name, content)
        if modules is not None:
            archive.writestr("tfconfig/modules.json", modules if isinstance(modules, str) else json.dumps(modules))
    return out.getvalue()


def plan_tree(content: bytes, folder: Path | None = None) -> SourceTree:
    return from_saved_plan(Source("tfplan", content), folder)


def told(tree: SourceTree) -> str:
    return "\n".join(map(str, tree.problems))


def terraform(folder: Path, *words: str) -> str:
    command = ["flock", "/tmp/terraform.lock"] if shutil.which("flock") else []  # noqa: S108 - one at a time
    return subprocess.run(
        [*command, TERRAFORM.path, f"-chdir={folder}", *words], capture_output=True, check=True, text=True
    ).stdout


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
        assert "--source" in answer.reason


@TERRAFORM.needed
@GIT.needed
@pytest.mark.parametrize("data", ["", "data", "absolute"])
def test_modules_of_other_repositories(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = written(
        tmp_path / "package", main='module "in" { source = "./sub" }', sub__main='output "y" { value = 1 }'
    )
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
    tree = plan_tree(zipped(*((f"tfconfig/m-/{i:02}.tf", text) for i, text in enumerate(big))))
    assert len(tree.modules[()].texts) == 31
    assert "there are more than 64 MiB of sources" in told(tree)
    modules = [*ROOT_MODULE, *({"Key": f"m{i}", "Dir": "m"} for i in range(40))]
    same = zipped(MAIN_FILE, *((f"tfconfig/m-m{i}/main.tf", big[0]) for i in range(40)), modules=modules)
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
    assert dict(tree.modules[()].texts) == {"main.tf": EMPTY}
    assert ("bot",) not in tree.modules


def test_a_module_that_is_not_listed_is_told() -> None:
    tree = plan_tree(zipped(MAIN_FILE, ("tfconfig/m-bot/main.tf", EMPTY)))
    assert "module bot is not in tfconfig/modules.json" in told(tree)


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


# --- a folder with anything in it


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    written(tmp_path, **{"a__readme.md": "x", "a__.hidden.tf": "x"})
    with pytest.raises(InputError, match="no such folder"):
        from_folder(tmp_path / "none")
    with pytest.raises(InputError, match=r"is a folder without Terraform"):
        from_folder(tmp_path / "a")
    with pytest.raises(InputError, match="no such folder"):
        from_folder(tmp_path / "a" / "readme.md")


@pytest.fixture
def unreadable(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file that may not be read, by somebody who is not root."""
    if os.geteuid() != 0:
        folder = written(tmp_path, main=EMPTY, secret=EMPTY)
        (folder / "secret.tf").chmod(0)
        yield folder
        return
    with tempfile.TemporaryDirectory() as name:  # below tmp_path nobody but root sees anything
        folder = written(Path(name), main=EMPTY, secret=EMPTY)
        folder.chmod(0o755)
        (folder / "secret.tf").chmod(0)
        os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(0)


def test_a_file_that_may_not_be_read(unreadable: Path) -> None:
    tree = from_folder(unreadable)
    assert "secret.tf:1:1: cannot be read: Permission denied" in told(tree)
    assert list(tree.modules[()].texts.values()) == [EMPTY]
    assert tree.modules[()].incomplete


def odd_link(where: str) -> object:
    return lambda folder: (folder / "x.tf").symlink_to(where)


def odd_socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("x.tf")
    os.chdir(here)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda folder: os.mkfifo(folder / "x.tf"), "is no regular file"),
        (odd_socket, "is no regular file"),
        (odd_link("/dev/zero"), "leads outside the repository"),
        (odd_link("/etc/passwd"), "leads outside the repository"),
        (odd_link("x.tf"), "cannot be read"),
        (odd_link("nowhere"), "cannot be read: No such file"),
        (lambda folder: (folder / "x.tf").write_bytes(b"#" * (MOST_BYTES + 1)), "is larger than 4 MiB"),
        (lambda folder: (folder / "x.tf").write_bytes(b'a = "\xe9"\n'), "x.tf:1:6: is not UTF-8 at byte 5"),
        (lambda folder: (folder / "x.tf").write_bytes(b"\xef\xbb\xbfa\xe9"), "x.tf:1:2: is not UTF-8 at byte 4"),
        (lambda folder: (folder / "x.tf").write_bytes("a = 1".encode("utf-16")), "is UTF-16"),
        (lambda folder: (folder / "x.tf").write_bytes(b"a = 1\0"), "x.tf:1:6: holds a NUL byte"),
    ],
)
def test_a_file_that_is_no_text_leaves_its_module_incomplete(make: object, what: str, tmp_path: Path) -> None:
    assert callable(make)
    make(written(tmp_path, main=EMPTY))
    tree = from_folder(tmp_path)
    assert what in told(tree)
    assert what in tree.modules[()].incomplete
    assert [*tree.modules[()].texts.values()] == [EMPTY]


def test_texts_are_as_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, marked=b"\xef\xbb\xbfa = 1\n", windows=b"b = <<E\r\nx\r\nE\r\n")
    monkeypatch.chdir(tmp_path)
    tree = from_folder(Path())
    assert dict(tree.modules[()].texts) == {"marked.tf": "a = 1\n", "windows.tf": "b = <<E\r\nx\r\nE\r\n"}
    assert tree.problems == ()


def test_ten_thousand_files_and_folders_in_a_circle(tmp_path: Path) -> None:
    written(tmp_path, **{f"f{i}": f"locals {{ v{i} = {i} }}\n" for i in range(5_000)})
    written(tmp_path, **{f"f{i}.txt": "" for i in range(5_000)})
    (tmp_path / "loop").symlink_to(".")
    tree = from_folder(tmp_path)
    assert (len(tree.modules[()].texts), tree.problems) == (5_000, ())


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    written(tmp_path, main=EMPTY)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J.tf")).write_text(EMPTY)
    shown = [path.rpartition("/")[2] for path in from_folder(tmp_path).modules[()].texts]
    assert shown == ["main.tf", "\\xff\\x1b[2J.tf"]


def test_opentofu_files_replace_those_of_the_same_name() -> None:
    there = [
        "a.tf",
        "a.tofu",
        "b.tf",
        "b.tf.json",
        "b.tofu.json",
        "override.tofu",
        "c.tofu",
        "d_override.tf",
        ".tf",
        "x",
    ]
    assert loaded(there) == ["a.tofu", "b.tf", "b.tofu.json", "c.tofu", "d_override.tf", "override.tofu"]


# --- called modules


def repository(folder: Path) -> Path:
    (folder / ".git").mkdir(parents=True)
    return folder


def call(source: str, name: str = "bot", more: str = "") -> str:
    return f'module "{name}" {{\n  source = "{source}"\n  {more}\n}}\n'


def test_modules_lie_within_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "other", main=EMPTY)
    top = written(tmp_path / "top", live__main=call("../bot") + call("../../other", "out"), bot__main=EMPTY)
    tree = from_folder(top / "live")
    assert "live/main.tf:1:1: module bot is not read: ../bot lies outside" in told(tree)
    monkeypatch.chdir(top)
    tree = from_folder(Path("live"))
    assert set(tree.modules) == {(), ("bot",)}
    assert told(tree).startswith("live/main.tf:5:1: module out is not read: ../../other lies outside the working dir")
    monkeypatch.chdir(tmp_path)
    (top / ".git").mkdir()
    assert set(from_folder(Path("top/live")).modules) == {(), ("bot",)}


def test_links_do_not_lead_out_of_the_repository(tmp_path: Path) -> None:
    written(tmp_path / "other", main=EMPTY)
    top = written(repository(tmp_path / "top"), live__main=call("./link"), common=EMPTY)
    (top / "live" / "link").symlink_to(tmp_path / "other")
    (top / "live" / "common.tf").symlink_to("../common.tf")
    tree = from_folder(top / "live")
    assert "module bot is not read: link lies outside" in told(tree)
    assert len(tree.modules[()].texts) == 2
    # Neither does a list of modules, nor the folder it is in.
    modules = {"Modules": [{"Key": "bot", "Source": "registry.terraform.io/a/b/c", "Dir": "../../other"}]}
    written(top, live__main=call("a/b/c"), **{"live__.terraform__modules__modules.json": json.dumps(modules)})
    assert "module bot is not read: ../../other lies outside" in told(from_folder(top / "live"))
    shutil.move(top / "live" / ".terraform", tmp_path / "data")
    (top / "live" / ".terraform").symlink_to(tmp_path / "data")
    assert "modules.json:1:1: lies outside the repository" in told(from_folder(top / "live"))


def test_modules_that_are_not_there(tmp_path: Path) -> None:
    source = (
        call("./none", "local")
        + call("a/b/c", "registry")
        + 'module "any" { source = "./${var.x}" }\nmodule "bare" {}\n'
    )
    tree = from_folder(written(repository(tmp_path), main=source))
    assert set(tree.modules) == {()}
    assert [str(problem).partition("main.tf")[2] for problem in tree.problems] == [
        ":1:1: module local is not read: none cannot be read: No such file or directory",
        ":5:1: module registry is not on disk; run 'terraform init' here",
        ":9:1: module any has a source that is not a plain text, and is not read",
        ":10:1: module bare has a source that is not a plain text, and is not read",
    ]


def test_modules_that_call_each_other_end(tmp_path: Path) -> None:
    written(repository(tmp_path), main=call("./a", "a"), a__main=call("../b", "b"), b__main=call("../a", "a"))
    tree = from_folder(tmp_path)
    assert set(tree.modules) == {(), ("a",), ("a", "b")}
    assert "b/main.tf:1:1: module a calls itself" in told(tree)
    written(tmp_path, main=call("./.", "me"))
    assert "module me calls itself" in told(from_folder(tmp_path))


def test_modules_that_double_at_every_level_end(tmp_path: Path) -> None:
    levels = {f"m{i}__main": call(f"../m{i + 1}", "a") + call(f"../m{i + 1}", "b") for i in range(30)}
    tree = from_folder(written(repository(tmp_path), main=call("./m0"), **levels, m30__main=EMPTY))
    assert len(tree.modules) == MOST_MODULES
    assert "there are more than 20,000 modules" in told(tree)
    assert len(tree.problems) < 100
    chain = {f"n{i}__main": call(f"../n{i + 1}", "n") for i in range(120)}
    tree = from_folder(written(tmp_path, main=call("./n0"), **chain, n120__main=EMPTY))
    assert max(map(len, tree.modules)) == 100
    assert "100 inside each other" in told(tree)


def test_calls_in_json_and_in_override_files() -> None:
    texts = {
        "a.tf": call("./a", "a", 'version = "1.0"') + call("./b", "b"),
        "b.tf.json": json.dumps({"module": {"c": {"source": "./c"}, "d": [{"source": "./${var.d}"}]}}),
        "broken.tf.json": '{"module": ',
        "override.tf": 'module "a" { version = "2.0" }\n' + call("./other", "b"),
    }
    assert list(calls(texts)) == [
        Call("a", "./a", "2.0", "a.tf", 1),
        Call("b", "./other", "", "a.tf", 5),
        Call("c", "./c", "", "b.tf.json", 1),
        Call("d", None, "", "b.tf.json", 1),
    ]


@pytest.mark.parametrize(
    ("source", "version", "installed", "at", "same"),
    [
        ("a/b/c", "", "registry.terraform.io/a/b/c", "1.0.0", True),
        ("a/b/c", "", "registry.opentofu.org/a/b/c", "1.0.0", True),
        ("a/b/c//sub", "", "registry.terraform.io/a/b/c//sub", "1.0.0", True),
        ("a/b/c//sub", "", "registry.terraform.io/a/b/c", "1.0.0", False),
        ("a/b/d", "", "registry.terraform.io/a/b/c", "1.0.0", False),
        ("host.example/a/b/c", "", "registry.terraform.io/a/b/c", "1.0.0", False),
        ("a/b/c", "~> 1.0", "registry.terraform.io/a/b/c", "1.9.1", True),
        ("a/b/c", "~> 1.0", "registry.terraform.io/a/b/c", "2.0.0", False),
        ("a/b/c", "", "./c", "", False),
        ("github.com/a/b", "", "git::https://github.com/a/b.git", "", True),
        ("github.com/a/b?ref=v2", "", "git::https://github.com/a/b.git?ref=v1", "", False),
        ("git::https://x.example/b.git//m?ref=v1", "", "git::https://x.example/b.git//m?ref=v1", "", True),
        ("git::https://x.example/b.git//m?ref=v1", "", "git::https://x.example/b.git//n?ref=v1", "", False),
    ],
)
def test_what_is_installed_is_what_is_called(source: str, version: str, installed: str, at: str, *, same: bool) -> None:
    one = Entry(key="x", source=installed, version=at, folder="x")
    assert (installed_otherwise(Call("x", source, version, "main.tf", 1), one) == "") is same


@pytest.mark.parametrize(
    ("version", "constraint", "meets_it"),
    [
        ("1.2.3", "", True),
        ("1.2.3", "1.2.3", True),
        ("1.2.3", "= 1.2.4", False),
        ("1.2.3", "!= 1.2.3", False),
        ("1.2.0", "1.2", True),
        ("1.2.3", ">= 1.0, < 2.0", True),
        ("2.0.0", ">= 1.0, < 2.0", False),
        ("1.10.0", "> 1.9", True),
        ("1.2.9", "~> 1.2.3", True),
        ("1.3.0", "~> 1.2.3", False),
        ("1.2.2", "~> 1.2.3", False),
        ("1.0.0-rc1", "< 1", True),
        ("1.0.0", "<= 1, newest", True),
    ],
)
def test_version_constraints(version: str, constraint: str, *, meets_it: bool) -> None:
    assert meets(version, constraint) is meets_it


# --- what functions may read


def test_files_are_read_in_the_folders_of_the_configuration(tmp_path: Path) -> None:
    top = written(
        repository(tmp_path / "top"),
        live__main=call("../bot"),
        bot__main=EMPTY,
        **{"bot__b.txt": "b", "live__a.txt": "a", "top.txt": "top", "live__sub__c.txt": "c"},
    )
    (top / "live" / "link.txt").symlink_to("a.txt")
    (top / "live" / "out.txt").symlink_to("../top.txt")
    (top / "live" / "passwd").symlink_to("/etc/passwd")
    (top / "live" / "big.txt").write_bytes(bytes(MOST_BYTES + 1))
    os.mkfifo(top / "live" / "fifo.txt")
    tree = from_folder(top / "live")
    root, bot = tree.modules[()].files, tree.modules["bot",].files
    assert (root.read("a.txt"), root.read("./sub/../a.txt"), root.read("link.txt")) == (b"a", b"a", b"a")
    assert (root.read(str(top / "live" / "a.txt")), bot.read("../bot/b.txt"), bot.read("a.txt")) == (b"a", b"b", b"a")
    for path in (
        "../top.txt",
        "out.txt",
        "passwd",
        "/etc/passwd",
        "../bot/b.txt",
        "~/x",
        "a.txt\0",
        "sub/../../top.txt",
    ):
        answer = root.read(path)
        assert isinstance(answer, Unknown)
        assert "lies outside the folders of the configuration" in answer.reason
    for path, what in (("big.txt", "larger than 4 MiB"), ("fifo.txt", "no regular file"), ("sub", "no regular file")):
        answer = root.read(path)
        assert isinstance(answer, Unknown)
        assert not isinstance(answer, Failed)
        assert what in answer.reason
    assert isinstance(root.read("none.txt"), Failed)


PATTERNS = (
    ("d", "*.txt"),
    ("d", "**/*.txt"),
    ("d", "**"),
    ("d", "**/"),
    ("d", "{sub,.hid}/*.txt"),
    ("d", "[a-b].txt"),
    ("d", "[^a].txt"),
    ("d", "[!a].txt"),
    ("d", "sub/**/c.txt"),
    ("d", "**/**/c.txt"),
    ("d", "s**/b.txt"),
    ("d", "?.txt"),
    ("d", "we\\[*"),
    ("d", "x.TXT"),
    ("d", "*.{txt,TXT}"),
    ("d", "./a.txt"),
    ("d", "sub/../*.txt"),
    ("d", "../d/*.txt"),
    ("d", "link/*"),
    ("d", "sub"),
    ("d", ""),
    (".", "d/sub/*"),
    ("d/", "a.txt"),
    ("none", "*"),
    ("d/a.txt", "*"),
)


@TERRAFORM.needed
def test_filesets_are_terraforms(tmp_path: Path) -> None:
    there = ("a.txt", ".dot.txt", ".hid/h.txt", "sub/b.txt", "sub/deeper/c.txt", "we[ird.txt", "X.TXT")
    written(tmp_path, **{f"d/{name}": "" for name in there}, **{"real/r.txt": ""})
    (tmp_path / "d" / "link").symlink_to("../real")
    (tmp_path / "d" / "file.txt").symlink_to("a.txt")
    os.mkfifo(tmp_path / "d" / "fifo.txt")
    sets = [f"sort(fileset({json.dumps(folder)}, {json.dumps(pattern)}))" for folder, pattern in PATTERNS]
    written(tmp_path, main=f'output "sets" {{ value = jsonencode([{", ".join(sets)}]) }}\n')
    terraform(tmp_path, "apply", "-input=false", "-auto-approve")
    wanted = json.loads(json.loads(terraform(tmp_path, "output", "-json"))["sets"]["value"])
    files = from_folder(tmp_path).modules[()].files
    assert [files.names(*pattern) for pattern in PATTERNS] == wanted


@pytest.mark.parametrize(
    ("folder", "pattern", "what"),
    [
        (".", "../*", "leads outside"),
        ("..", "*", "leads outside"),
        ("/etc", "*", "leads outside"),
        ("~", "*", "part of the pattern"),
        ("d[1]", "*", "part of the pattern"),
        (".", "[a", "is no pattern"),
        (".", "{a,b", "is no pattern"),
        (".", "a\\", "is no pattern"),
        (".", "[z-a]", "is no set"),
        (".", "loop/**", "in a circle"),
        (".", "out/*", "leads outside"),
        (".", "loop/**/*.txt", "in a circle"),
        (".", "*.txt", "Terraform does not match été.md as its reference has it"),
        (".", "dangling*", "link to nothing"),
    ],
)
def test_filesets_that_are_not_known(folder: str, pattern: str, what: str, tmp_path: Path) -> None:
    root = written(repository(tmp_path / "root"), main=EMPTY, **{"loop__a.txt": ""})
    (root / "loop" / "again").symlink_to(".")
    (root / "out").symlink_to("/etc")
    (root / "été.md").touch()
    (root / "dangling").symlink_to("nowhere")
    answer = from_folder(root).modules[()].files.names(folder, pattern)
    assert isinstance(answer, Unknown)
    assert what in answer.reason


@given(pattern=st.text(st.sampled_from("ab*?[]{}^-!,\\/.&|~"), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_pattern_is_matched_or_told(pattern: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = written(Path(name), main=EMPTY, sub__a="", **{"a.b": ""})
        answer = from_folder(folder).modules[()].files.names(".", pattern)
    assert isinstance(answer, Unknown) or all(not path.startswith("/") for path in answer)
