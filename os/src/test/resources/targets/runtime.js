// Computes at intervals, with garbage, and checks what comes out; prints "ok" or "wrong".
const { createHash } = require('crypto');
let first;
function compute() {
  const hash = createHash('sha256');
  const things = new Map();
  for (let i = 0; i < 5000; i++) {
    things.set('k' + i, { i, half: i / 2, text: String(i).repeat(3) });
    hash.update(JSON.stringify(things.get('k' + i)));
  }
  const digest = hash.digest('hex');
  first ??= digest;
  console.log(digest === first ? 'ok' : 'wrong');
}
console.log('ready');
setInterval(compute, 5);
setTimeout(() => process.exit(3), 300000);
