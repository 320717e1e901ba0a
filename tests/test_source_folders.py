"""Sources in a folder: whatever may lie there, the modules it calls, and what their functions may read."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import InputError
from scanner.hcl.values import Failed
from scanner.model import Unknown
from scanner.terraform.sources.calls import Call, calls, installed_otherwise
from scanner.terraform.sources.files import MOST_BYTES, MOST_MODULES, loaded
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.manifest import Entry
from scanner.terraform.sources.versions import meets
from sourcetree import EMPTY, call, repository, terraform, told, written
from tools import TERRAFORM

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


def test_names_that_are_written_alike(tmp_path: Path) -> None:
    written(tmp_path, main=EMPTY, **{"\\xff.tf": EMPTY})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.tf")).write_text(EMPTY)
    tree = from_folder(tmp_path)
    assert "another file's name is written like this one's" in told(tree)
    assert tree.modules[()].incomplete


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
    ("d", "{a*,X,?dot}.{txt,TXT}"),
    ("d", "[\\^a].txt"),
    ("d", "{[a-b],X}.*"),
    ("d", "a{,.txt}*"),
    ("d", "{}a.txt"),
    ("d", "{a\\,b,a}.txt"),
    ("d", "}"),
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
        (".", "{a,{b,c}}", "is no pattern"),
        (".", "[a-]*", "is no pattern"),
        (".", "[]a]", "is no pattern"),
        (".", "{a,b}" * 20, "is no pattern"),
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


def test_a_name_that_is_no_text_is_in_no_fileset(tmp_path: Path) -> None:
    folder = written(tmp_path, main=EMPTY, **{"sub__a.txt": ""})
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).touch()
    files = from_folder(folder).modules[()].files
    answer = files.names(".", "**")
    assert isinstance(answer, Unknown)
    assert "a file's name in it is no text" in answer.reason
    assert files.names("sub", "**") == ["a.txt"]


def test_a_pattern_of_many_stars_ends(tmp_path: Path) -> None:
    folder = written(tmp_path, main=EMPTY, **{"a" * 250 + ".txt": ""})
    files = from_folder(folder).modules[()].files
    assert files.names(".", "*a" * 100 + "b") == []
    assert files.names(".", "*a" * 100 + ".txt") == ["a" * 250 + ".txt"]


@given(pattern=st.text(st.sampled_from("ab*?[]{}^-!,\\/.&|~"), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_pattern_is_matched_or_told(pattern: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = written(Path(name), main=EMPTY, sub__a="", **{"a.b": ""})
        answer = from_folder(folder).modules[()].files.names(".", pattern)
    assert isinstance(answer, Unknown) or all(not path.startswith("/") for path in answer)
