// A Node process that works in its main thread and two workers, makes garbage, and checks what it computes:
// prints "ready", then "progress N" whenever all have got on, and "harm: ..." before it ends with 3 where a
// sum is wrong. Ends with its standard input.
const { createHash } = require('node:crypto');
const { writeSync } = require('node:fs');
const { Worker, isMainThread, workerData } = require('node:worker_threads');

const THREADS = 3;
const PIECES = 16;
const PIECE_BYTES = 4096;

// The same bytes in fresh buffers each time: the sum must come out the same.
function sum() {
  const hash = createHash('sha256');
  let squares = 0;
  for (let i = 0; i < PIECES; i++) {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let j = 0; j < PIECE_BYTES; j++) piece[j] = (i * 31 + j * 7) & 255;
    hash.update(piece);
    for (const value of piece) squares += value * value;
  }
  return hash.digest('hex') + squares;
}

function work(number, done, expected) {
  setInterval(() => {
    const got = sum();
    if (got !== expected) {
      writeSync(1, `harm: thread ${number} computed ${got}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
    Atomics.add(done, number, 1);
  }, 4);
}

if (isMainThread) {
  const shared = new SharedArrayBuffer(THREADS * 4);
  const done = new Int32Array(shared);
  const expected = sum();
  for (let i = 1; i < THREADS; i++) new Worker(__filename, { workerData: { number: i, shared, expected } });
  work(0, done, expected);
  process.stdin.on('end', () => process.exit(0)).resume();
  let last = new Int32Array(THREADS);
  let lines = 0;
  setInterval(() => {
    if (!last.every((value, i) => Atomics.load(done, i) !== value)) return;
    if (lines++ === 0) writeSync(1, `ready node ${process.version}\n`);
    last = Int32Array.from(done);
    writeSync(1, `progress ${lines}\n`);
  }, 50);
} else {
  work(workerData.number, new Int32Array(workerData.shared), workerData.expected);
}
