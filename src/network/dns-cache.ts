import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Milliseconds that a resolved name is used again. */
const NAME_LIFETIME = 60_000;
/** Milliseconds that addresses are used on after they could not be looked up again. */
const STALE_LIFETIME = 5000;
/** Milliseconds after which a name that does not exist is asked for once more. */
const SECOND_QUESTION = 3000;
/** Milliseconds that an address goes last after it did not answer. */
const DEAD = 5 * 60_000;

/** The addresses of a name. */
interface KnownName {
  addresses: readonly LookupAddress[];
  /** Milliseconds of the clock that only goes forwards. */
  until: number;
  /** How often they were handed out. */
  turn: number;
}

/** What is needed of the system, replaced in tests. */
export interface NameSystem {
  lookup(
    hostname: string,
    options: { all: true; family: number; order: 'verbatim' },
    callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ): void;
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls after a time, without keeping the process alive. */
  after(milliseconds: number, call: () => void): void;
}

const SYSTEM: NameSystem = {
  lookup: systemLookup,
  now: () => performance.now(),
  after: (milliseconds, call) => void setTimeout(call, milliseconds).unref(),
};

/** A lookup that remembers. */
export interface DnsCache {
  lookup: LookupFunction;
  /** An address did not answer: for some minutes others of the same name go before it. */
  markDead(address: string): void;
}

type Waiter = (error: NodeJS.ErrnoException | null, name?: KnownName) => void;

/**
 * Creates a dns.lookup that remembers its answers. getaddrinfo runs on the same four threads as file reads, and
 * every new connection would ask again, so those that wait for one name share one question. The addresses
 * are handed out in turn, so that connections spread over the hosts behind a name.
 *
 * A name that was resolved once is spelt right. Where it can't be resolved later (macOS and Windows say that
 * it does not exist when they are merely offline), its addresses are used on. For the same reason one that was never
 * resolved is asked for twice before it counts as one that does not exist.
 */
export function createDnsCache(system: NameSystem = SYSTEM): DnsCache {
  const dead = new Map<string, number>();
  const known = new Map<string, KnownName>();
  const waiting = new Map<string, Waiter[]>();

  const resolve = (key: string, hostname: string, family: number, waiter: Waiter): void => {
    const others = waiting.get(key);
    if (others) {
      others.push(waiter);
      return;
    }
    const waiters = [waiter];
    waiting.set(key, waiters);
    const ask = (isLast: boolean): void => {
      system.lookup(hostname, { all: true, family, order: 'verbatim' }, (error, addresses) => {
        const before = known.get(key);
        if (error?.code === 'ENOTFOUND' && before === undefined && !isLast) {
          system.after(SECOND_QUESTION, () => ask(true));
          return;
        }
        waiting.delete(key);
        if (!error) known.set(key, { addresses, until: system.now() + NAME_LIFETIME, turn: 0 });
        else if (before) before.until = system.now() + STALE_LIFETIME;
        const name = known.get(key);
        for (const settle of waiters) settle(name ? null : error, name);
      });
    };
    ask(false);
  };

  const isDead = ({ address }: LookupAddress): boolean => (dead.get(address) ?? 0) > system.now();

  const lookup: LookupFunction = (hostname, options, callback) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
    const key = `${hostname} ${family}`;
    const answer: Waiter = (error, name) => {
      if (name === undefined) {
        callback(error, '', 0);
        return;
      }
      const { addresses } = name;
      const at = name.turn++ % addresses.length;
      const inTurn = [...addresses.slice(at), ...addresses.slice(0, at)];
      const turned = [...inTurn.filter((one) => !isDead(one)), ...inTurn.filter(isDead)];
      if (options.all) callback(null, turned);
      else callback(null, turned[0]?.address ?? '', turned[0]?.family);
    };
    const cached = known.get(key);
    if (cached && cached.until > system.now()) process.nextTick(answer, null, cached);
    else resolve(key, hostname, family, answer);
  };
  return { lookup, markDead: (address) => void dead.set(address, system.now() + DEAD) };
}
