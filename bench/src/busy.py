"""A Python process that works in three threads, makes garbage, and checks what it computes.

Prints "ready", then "progress N" whenever all threads have got on, and "harm: ..." before it ends with 3
where a sum is wrong. Ends with its standard input.
"""

import hashlib
import os
import platform
import sys
import threading
import time
import zlib

THREADS = 3
PIECES = 32
PIECE_BYTES = 4096
done = [0] * THREADS


def say(text):
    os.write(1, (text + "\n").encode())


def total():
    """The same bytes in fresh objects each time: the sum must come out the same."""
    pieces = [bytes((i * 31 + j * 7) & 255 for j in range(64)) * (PIECE_BYTES // 64) for i in range(PIECES)]
    digest = hashlib.sha256()
    crc = 0
    ring = []
    for piece in pieces:
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        # a circle, which only the garbage collector frees
        ring.append([piece, ring])
    return digest.hexdigest(), crc, len(ring), sum(x * 0.5 for x in range(500))


def work(number, expected):
    while True:
        try:
            got = total()
        except BaseException as wrong:
            got = repr(wrong)
        if got != expected:
            say(f"harm: thread {number} computed {got}")
            os._exit(3)
        done[number] += 1
        time.sleep(0.004)


def end_with_input():
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


def main():
    expected = total()
    for i in range(THREADS):
        threading.Thread(target=work, args=(i, expected), daemon=True).start()
    threading.Thread(target=end_with_input, daemon=True).start()
    say("ready python " + platform.python_version())
    last = list(done)
    lines = 0
    while True:
        time.sleep(0.05)
        if all(now != before for now, before in zip(done, last)):
            last = list(done)
            lines += 1
            say(f"progress {lines}")


main()
