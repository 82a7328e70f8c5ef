import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { serviceOfHost } from './hosts.js';
import type { Outages } from './outages.js';

const LOOPBACK = '127.0.0.1';

/** A name that was asked for. */
export interface NameQuestion {
  hostname: string;
  /** Milliseconds since the epoch by the emulator's clock, without its skew. */
  askedAt: number;
  /** Empty when it was answered. */
  code: string;
}

/** The options of dns.lookup that matter here. */
export interface LookupOptions {
  all?: boolean | undefined;
  family?: number | 'IPv4' | 'IPv6' | undefined;
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** The error that dns.lookup gives for a name without an address. */
export function lookupError(code: string, hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    code,
    syscall: 'getaddrinfo',
    hostname,
  });
}

/** Gives the addresses of a name to a callback of dns.lookup, in the shape that its options ask for. */
export function giveAddresses(
  hostname: string,
  addresses: readonly string[],
  { all, family }: LookupOptions,
  callback: LookupCallback,
): void {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
  const found = addresses
    .map((address) => ({ address, family: isIP(address) }))
    .filter((address) => wanted === 0 || address.family === wanted);
  const [first] = found;
  if (first === undefined) callback(lookupError('ENOTFOUND', hostname), all === true ? [] : '');
  else if (all === true) callback(null, found);
  else callback(null, first.address, first.family);
}

/**
 * The names that clients ask for, when a test has put this in the place of their dns.lookup. The services'
 * real names and `localhost` lead to the emulator; names that nobody has set do not exist.
 */
export class EmulatedNames {
  /** Every question since the last reset. */
  readonly questions: NameQuestion[] = [];
  private readonly known = new Map<string, readonly string[]>();

  constructor(
    private readonly outages: Outages,
    private readonly now: () => number,
  ) {}

  /** Sets the addresses of a name, in the order in which they are handed out. None: the name does not exist. */
  set(hostname: string, addresses: readonly string[]): void {
    const wrong = addresses.find((address) => isIP(address) === 0);
    if (wrong !== undefined) throw new RangeError(`${wrong} is not an IP address.`);
    this.known.set(hostname.toLowerCase(), [...addresses]);
  }

  /** Forgets what was set and asked. */
  reset(): void {
    this.known.clear();
    this.questions.length = 0;
  }

  /** The addresses of a name, or the code with which it fails, after the time that an outage makes it take. */
  async resolve(hostname: string): Promise<readonly string[] | { code: string }> {
    const name = hostname.toLowerCase();
    const question: NameQuestion = { hostname: name, askedAt: this.now(), code: '' };
    this.questions.push(question);
    const outage = this.outages.hitName(name);
    const addresses = this.addressesOf(name);
    if (outage === undefined && addresses.length > 0) return addresses;
    question.code = outage?.rule.code ?? 'ENOTFOUND';
    const { lookupMs = 0 } = outage?.rule ?? {};
    if (lookupMs > 0) await new Promise((resolve) => setTimeout(resolve, lookupMs).unref());
    return { code: question.code };
  }

  /** A dns.lookup that asks the emulator instead of the system. */
  readonly lookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    void this.resolve(hostname).then((answer) => {
      // Outside the promise, so that an error thrown by the callback is an uncaught one.
      setImmediate(() => {
        if ('code' in answer) callback(lookupError(answer.code, hostname), options.all === true ? [] : '');
        else giveAddresses(hostname, answer, options, callback);
      });
    });
  };

  private addressesOf(name: string): readonly string[] {
    if (isIP(name) !== 0) return [name];
    const set = this.known.get(name);
    if (set !== undefined) return set;
    return name === 'localhost' || serviceOfHost(name) !== undefined ? [LOOPBACK] : [];
  }
}
