"""Waits for locks: "queue", four threads for one whose holder sleeps; "deadlock", two in two orders."""

import sys
import threading
import time

first, second = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def wait():
    with first:
        pass


def take(one, other):
    with one:
        both.wait()
        with other:
            pass


if sys.argv[1] == "queue":
    first.acquire()
    for number in range(4):
        threading.Thread(target=wait, daemon=True).start()
    time.sleep(3600)
else:
    threads = [
        threading.Thread(target=take, args=(first, second)),
        threading.Thread(target=take, args=(second, first)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
