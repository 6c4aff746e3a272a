# Threads that compute, and check what they compute; prints "ok" or "wrong".
import hashlib
import threading

lock = threading.Lock()
first = {}


def compute(number):
    while True:
        text = hashlib.sha256()
        numbers = {}
        for i in range(4000):
            numbers[str(i * number)] = [i, i * 1.5, str(i)]
            text.update(repr(numbers[str(i * number)]).encode())
        with lock:
            right = first.setdefault(number, text.hexdigest()) == text.hexdigest()
            print("ok" if right else "wrong", flush=True)


for n in range(1, 4):
    threading.Thread(target=compute, args=(n,), daemon=True).start()
print("ready", flush=True)
threading.Event().wait(300)
