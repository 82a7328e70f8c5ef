import { type AddressInfo, connect, createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { DelayLine, type LineOptions } from './delay-line.js';

/*
 * A TCP relay in a process of its own that gives every connection a round-trip time and a rate in each
 * direction. It prints the port that it listens on.
 *
 *   node lib/test/bench/relay.js --target 40001 --rtt-ms 50 [--bytes-per-second 10000000]
 *
 * The handshake of TCP itself is not delayed. Connections that go on through a proxy wait one round trip
 * for the answer to CONNECT in its place.
 */

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: '0' },
    'rtt-ms': { type: 'string', default: '0' },
    'bytes-per-second': { type: 'string', default: '0' },
  },
});

/** Bytes under way per direction of a connection without a rate: a window of 80 MB/s at 50 ms. */
const WIDE_WINDOW = 4 * 1024 * 1024;
/** Bytes of one read; a narrow line holds at least a few of them beside its delay. */
const READ = 64 * 1024;

const delayMs = Number(values['rtt-ms']) / 2;
const bytesPerSecond = Number(values['bytes-per-second']);
const line: LineOptions = {
  delayMs,
  bytesPerSecond,
  capBytes: bytesPerSecond === 0 ? WIDE_WINDOW : 2 * ((bytesPerSecond * delayMs) / 1000 + 2 * READ),
};

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ host: '127.0.0.1', port: Number(values.target), allowHalfOpen: true, noDelay: true });
  new DelayLine(near, far, line);
  new DelayLine(far, near, line);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));
