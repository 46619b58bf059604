# SPDX-License-Identifier: Apache-2.0
"""bulkhead size: what counts as a line, and whose bytes stay in memory."""
import struct

import pytest

SOURCE = r'''
/* a comment
   over two lines */
int a; // code before a comment

// nothing but a comment
const char *s = "/* no comment */ // none either \" ";
/* x */ int b; /*
*/
#define LAST'''  # four lines of code, the last without a line end


def elf(segments):
    """A 64-bit ELF file with these (flags, memory size) segments."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    return header + b"".join(struct.pack("<IIQQQQQQ", 1, flags, 0, 0, 0, 0, size, 4096) for flags, size in segments)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "a.c").write_text(SOURCE)
    (tmp_path / "b.h").write_text("int c;\n")
    (tmp_path / "boot").write_text("a.c\nb.h\n")
    (tmp_path / "monitor").write_text("b.h\n")
    (tmp_path / "monitor.elf").write_bytes(elf([(5, 1000), (4, 200), (6, 30)]))
    return tmp_path


def size(bulkhead, *more):
    return bulkhead("size", "--boot-sources", "boot", "--monitor-sources", "monitor", "--monitor", "monitor.elf", *more)


def test_lines_and_bytes_are_counted(bulkhead, tree):
    done = size(bulkhead)
    assert done.status == 0, done
    assert done.out.splitlines() == [
        "boot_lines 5", "monitor_lines 1", "monitor_text_bytes 1000", "monitor_data_bytes 230"]


@pytest.mark.parametrize("monitor", [b"", b"\x7fELF", b"\0" * 4096, elf([(5, 1)])[:-1],
                                     elf([(5, 1)]).replace(b"\x02", b"\x01", 1)])
def test_what_is_no_monitor_is_refused(bulkhead, tree, monitor):
    (tree / "monitor.elf").write_bytes(monitor)
    done = size(bulkhead)
    assert done.status == 1 and "TOOL-750" in done.err


def test_a_source_that_is_missing_is_named(bulkhead, tree):
    (tree / "b.h").unlink()
    done = size(bulkhead)
    assert done.status == 1 and "b.h" in done.err
