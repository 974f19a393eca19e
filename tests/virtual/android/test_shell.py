"""Command lines, and what Android's shell makes of them."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed.virtual.android import Phone
from testbed.virtual.android.shell import SyntaxFault, parse
from testbed.virtual.android.shell.streams import FULL, Pipe
from tests.virtual.android.phones import Said, Terminal, ask

SH = "/system/bin/sh"

LINES = [
    # quoting and words
    ("echo hello   world", "hello world\n"),
    ("echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n"),
    ("echo 'it'\\''s' \"say \\\"x\\\"\"", "it's say \"x\"\n"),
    ('echo "$HOME" \'$HOME\' "\\$HOME"', "/ $HOME $HOME\n"),
    ("echo a#b # a comment", "a#b\n"),
    ("X='1  2'; echo $X; echo \"$X\"", "1 2\n1  2\n"),
    ("echo ''", "\n"),
    ("X=; echo [$X] [\"$X\"] \"\" end", "[] []  end\n"),
    # variables
    ("A=1 B=2; echo $A${B}x", "12x\n"),
    ("echo ${NONE:-default} ${NONE-other} ${HOME:+set}", "default other set\n"),
    ("X=abc; echo ${#X} ${X:=no}", "3 abc\n"),
    ("echo ${Y:=assigned} $Y", "assigned assigned\n"),
    ("P=/a/b/c.txt; echo ${P##*/} ${P%.txt} ${P%/*} ${P#/}", "c.txt /a/b/c /a/b a/b/c.txt\n"),
    ("set -- a b c; echo $# $1 $3; shift; echo $*", "3 a c\nb c\n"),
    ("set -- 'a b' c; for x in \"$@\"; do echo [$x]; done", "[a b]\n[c]\n"),
    ("X=1; X=2 true; echo $X", "1\n"),
    # substitution and arithmetic
    ("echo $(echo a; echo b) `echo c`", "a b c\n"),
    ('echo "$(printf \'a\\nb\\n\\n\')."', "a\nb.\n"),
    ("echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((-7%3)) $((2 > 1))", "7 9 3 -1 1\n"),
    ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\n"),
    # lists and status
    ("true && echo yes || echo no", "yes\n"),
    ("false && echo yes || echo no", "no\n"),
    ("false; echo $?; true; echo $?", "1\n0\n"),
    ("! true; echo $?; ! false; echo $?", "1\n0\n"),
    ("echo a; echo b;", "a\nb\n"),
    ("echo a\necho b\n", "a\nb\n"),
    ("(exit 3); echo $?", "3\n"),
    ("sh -c 'exit 4'; echo $?", "4\n"),
    ("x=1; (x=2; echo $x); echo $x", "2\n1\n"),
    ("{ echo a; echo b; } | wc -l", "2\n"),
    # compound commands
    ("if true; then echo a; else echo b; fi", "a\n"),
    ("if false; then echo a; elif [ 1 = 1 ]; then echo b; else echo c; fi", "b\n"),
    ("for x in 1 2; do echo $x; done", "1\n2\n"),
    ("for x in 1 2 3; do [ $x = 2 ] && continue; [ $x = 3 ] && break; echo $x; done; echo end", "1\nend\n"),
    ("for x in a; do for y in b c; do break 2; done; echo never; done; echo out", "out\n"),
    ("until true; do echo never; done; echo end", "end\n"),
    ("case image.png in *.jpg|*.png) echo picture;; *) echo other;; esac", "picture\n"),
    ("case 'a*' in 'a*') echo literal;; esac", "literal\n"),
    # pipes and redirections
    ("printf 'b\\na\\n' | sort | head -n 1", "a\n"),
    ("echo a >/sdcard/x; echo b >>/sdcard/x; cat /sdcard/x", "a\nb\n"),
    ("echo a > /dev/null; echo b 2>/dev/null", "b\n"),
    ("nope 2>&1 | cat", f"{SH}: nope: inaccessible or not found\n"),
    ("nope >/dev/null 2>&1; echo $?", "127\n"),
    ("nope &>/dev/null; echo $?", "127\n"),
    ("cat < /sdcard/in", "given\n"),
    ("while read line; do echo [$line]; done < /sdcard/in", "[given]\n"),
    ("yes 2>/dev/null; echo a | while read x; do echo got $x; done", "got a\n"),
    ("cat /dev/null; echo end", "end\n"),
    # file names
    ("echo /sdcard/D*", "/sdcard/DCIM /sdcard/Download\n"),
    ("cd /sdcard; echo i?; echo '*'; echo none*", "in\n*\nnone*\n"),
    ("cd /sdcard && pwd; cd - && pwd", "/sdcard\n/\n"),
    # what clients send
    ("echo X4EXIT:$?", "X4EXIT:0\n"),
    ("rm -f /data/local/tmp/none.xml; true && echo success", "success\n"),
    ("if [ -d /sdcard/ ]; then echo 1; else echo 0; fi", "1\n"),
    ("[ -e /nope ] || echo missing; test -f /sdcard/in && echo there", "missing\nthere\n"),
    ("X=5 env | grep ^X", "X=5\n"),
    ("toybox echo a | toybox md5sum", "60b725f10c9c85c70d97880dfe8191b3  -\n"),
    ("echo a b c | xargs -n 1 echo", "a\nb\nc\n"),
    ("timeout 5 echo done", "done\n"),
    ("eval 'echo $((1+1))'", "2\n"),
    ("sleep 0 & echo started", "started\n"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "out"), LINES, ids=[line for line, _ in LINES])
async def test_a_line(phone: Phone, line: str, out: str):
    await ask(phone, "echo given > /sdcard/in")
    said = await ask(phone, line)
    assert said.out == out


REFUSED = [
    ("nope", Said(127, err=f"{SH}: nope: inaccessible or not found\n")),
    ("/data/local/tmp/nope", Said(127, err=f"{SH}: /data/local/tmp/nope: inaccessible or not found\n")),
    ("/sdcard", Said(126, err=f"{SH}: /sdcard: can't execute: Permission denied\n")),
    ("/system/bin/linker64", Said(126, err=f"{SH}: /system/bin/linker64: not executable: 64-bit ELF file\n")),
    ("echo a > /system/a", Said(1, err=f"{SH}: can't create /system/a: Read-only file system\n")),
    ("echo a > /data/a", Said(1, err=f"{SH}: can't create /data/a: Permission denied\n")),
    ("cat < /nope", Said(1, err=f"{SH}: can't open /nope: No such file or directory\n")),
    ("cd /nope", Said(2, err=f"{SH}: cd: /nope: No such file or directory\n")),
    ("exit 300", Said(44)),
    ("echo a; exit 5; echo b", Said(5, out="a\n")),
    ("echo (", Said(1, err=f"{SH}: syntax error: unexpected '('\n")),
    ("if true; then echo", Said(1, err=f"{SH}: syntax error: unexpected EOF\n")),
    ("echo 'a", Said(1, err=f"{SH}: syntax error: no closing quote\n")),
    ("&& a", Said(1, err=f"{SH}: syntax error: unexpected '&'\n")),
    ("fi", Said(1, err=f"{SH}: syntax error: unexpected 'fi'\n")),
    ("echo ${X?gone}", Said(1, err=f"{SH}: X: gone\n")),
    ("echo $((1/0))", Said(1, err=f"{SH}: divide by zero\n")),
    ("cat <<END\nEND", Said(1, err=f"{SH}: syntax error: here documents are not read by this phone\n")),
]


@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[line for line, _ in REFUSED])
async def test_what_is_refused(phone: Phone, line: str, said: Said):
    assert await ask(phone, line) == said


async def test_an_interactive_shell_keeps_its_state_and_ends_with_exit(phone: Phone):
    said = await ask(phone, "", b"cd /sdcard\nX=1\n)\necho $X\npwd\nexit 7\necho never\n")
    assert said == Said(7, out="1\n/sdcard\n", err=f"{SH}: syntax error: unexpected ')'\n")


async def test_a_terminal_has_a_prompt(phone: Phone):
    terminal = Terminal(b"cd /sdcard\n")
    assert await phone.shell("", terminal, pty=True) == 0
    assert terminal.stderr == b"shiba:/ $ shiba:/sdcard $ "


async def test_a_script_of_the_disk_runs_with_its_arguments(phone: Phone):
    await ask(phone, "echo 'echo $0 $1 $#; exit 9' > /data/local/tmp/s.sh; chmod 755 /data/local/tmp/s.sh")
    assert await ask(phone, "/data/local/tmp/s.sh a b") == Said(9, out="/data/local/tmp/s.sh a 2\n")
    assert await ask(phone, "sh /data/local/tmp/s.sh") == Said(9, out="/data/local/tmp/s.sh 0\n")


async def test_a_script_that_starts_itself_comes_to_an_end(phone: Phone):
    await ask(phone, "echo 'sh /data/local/tmp/s.sh' > /data/local/tmp/s.sh")
    said = await ask(phone, "sh /data/local/tmp/s.sh")
    assert (said.code, said.err) == (1, "/data/local/tmp/s.sh: can't fork - try again\n")


async def test_a_reader_that_has_enough_ends_the_writer(phone: Phone):
    assert await ask(phone, "while true; do echo x; done | head -n 2") == Said(0, out="x\nx\n")


async def test_an_endless_loop_lets_others_run_and_ends_with_its_client(phone: Phone):
    async with asyncio.TaskGroup() as group:
        loop = group.create_task(phone.shell("while true; do true; done", Terminal()))
        assert (await ask(phone, "echo here")).out == "here\n"
        loop.cancel()


async def test_a_full_pipe_makes_its_writer_wait():
    pipe = Pipe()
    await pipe.write(bytes(FULL))
    async with asyncio.TaskGroup() as group:
        more = group.create_task(pipe.write(b"x"))
        await asyncio.sleep(0)
        assert not more.done()
        assert len(await pipe.read(FULL)) == FULL
    assert await pipe.read(1) == b"x"


PIECES = st.sampled_from(
    ["a", "echo", " ", "\n", ";", "&", "&&", "|", "||", "(", ")", "{", "}", "'", '"', "`", "$", "$(", "${", "}", "$((",
     "))", "<", ">", ">>", "2>&1", "\\", "if", "then", "else", "fi", "for", "in", "do", "done", "case", "esac", ";;",
     "while", "!", "#", "=", "*", "x=", "\0", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map(" ".join) | st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80))
def test_whatever_is_typed_is_a_script_or_a_syntax_error(text: str):
    with contextlib.suppress(SyntaxFault):
        parse(text)


@pytest.mark.parametrize("opening", ["(", "{ ", "$(", "${x:-", "$((", "if ", '"$('])
def test_what_is_nested_a_thousand_times_is_refused(opening: str):
    with pytest.raises(SyntaxFault):
        parse(opening * 1000)


async def test_what_is_too_large_to_be_a_script_is_not_looked_through(phone: Phone):
    await ask(phone, "screencap /sdcard/frame")
    said = await ask(phone, "sh /sdcard/frame")
    assert (said.code, "at most 65536 are" in said.err) == (1, True)
