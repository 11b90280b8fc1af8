"""The one thing that is left out of sanitizer reports, and that nothing else is."""

from __future__ import annotations

import pytest

from sanitizers import reports

SIDE_TABLE = """==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 32 byte(s) in 1 object(s) allocated from:
    #0 0x5 in posix_memalign asan_malloc_linux.cpp:139:3
    #1 0x7 in swift_slowAlloc (libswiftCore.so+0x46fa93)
    #2 0x7 in swift::RefCounts<swift::RefCountBitsT>::formWeakReference() crtstuff.c
    #3 0x7 in swift_weakInit (libswiftCore.so+0x471c69)

"""
OBJECT = """Indirect leak of 64 byte(s) in 1 object(s) allocated from:
    #0 0x5 in malloc asan_malloc_linux.cpp:67:3
    #1 0x7 in swift_slowAlloc (libswiftCore.so+0x46fa6e)
    #2 0x7 in swift_allocObject (libswiftCore.so+0x46fdc6)

"""
RUNNER = """Indirect leak of 96 byte(s) in 1 object(s) allocated from:
    #0 0x5 in malloc asan_malloc_linux.cpp:67:3
    #1 0x7 in swift_allocObject (libswiftCore.so+0x46fdc6)
    #2 0x7 in $s6XCTest0A8SuiteRunC4testAc2AC_tcfC (lib/libXCTest.so+0x2cc25)

"""
SUMMARY = "SUMMARY: AddressSanitizer: 96 byte(s) leaked in 2 allocation(s).\n"


def test_a_lone_side_table_is_left_out():
    assert reports(SIDE_TABLE + SUMMARY) == []


def test_what_the_test_runner_keeps_is_left_out_and_what_a_test_keeps_is_not():
    assert reports(RUNNER + SUMMARY) == []
    ours = RUNNER.rstrip() + "\n    #3 0x7 in $s5Tests (/home/me/ringway/Tests/EdgeTests/A.swift:3:1)\n\n"
    assert len(reports(ours + SUMMARY)) == 1


def test_an_object_behind_a_side_table_counts():
    assert len(reports(SIDE_TABLE + OBJECT + SUMMARY)) == 1


@pytest.mark.parametrize("line", [
    "WARNING: ThreadSanitizer: data race (pid=1)", "==7==ERROR: AddressSanitizer: heap-use-after-free on address",
    "SUMMARY: ThreadSanitizer: data race x.swift:1 in f",
])
def test_everything_else_counts(line):
    assert len(reports(f"before\n{line}\nafter\n")) == 1
