import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { describe, it } from 'node:test';
import { createDnsCache } from '../../src/network/dns-cache.js';

const MINUTE = 60_000;
const FIRST = { address: '192.0.2.1', family: 4 };
const SECOND = { address: '192.0.2.2', family: 4 };

/** A system whose answers come when the test lets them, and whose clock is set by hand. */
function resolver() {
  const questions: string[] = [];
  const open: ((error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void)[] = [];
  const time = { now: 0 };
  const timers: { after: number; call: () => void }[] = [];
  const { lookup, markDead } = createDnsCache({
    lookup: (hostname, { family }, callback) => {
      questions.push(`${hostname} ${family}`);
      open.push(callback);
    },
    now: () => time.now,
    after: (after, call) => timers.push({ after, call }),
  });
  const ask = (hostname: string, family = 0) =>
    new Promise<LookupAddress[]>((resolve, reject) => {
      lookup(hostname, { all: true, family }, (error, addresses) => {
        if (error) reject(error);
        else resolve(addresses as LookupAddress[]);
      });
    });
  const answer = (...addresses: LookupAddress[]): void => open.shift()?.(null, addresses);
  const refuse = (code: string): void => open.shift()?.(Object.assign(new Error(code), { code }), []);
  /** Lets the time come for which something waits. */
  const elapse = (): void => {
    const { after, call } = timers.shift() ?? assert.fail('nothing waits');
    time.now += after;
    call();
  };
  return { ask, answer, refuse, elapse, markDead, questions, time };
}

describe('the addresses of a name', () => {
  it('are asked for once by all that wait for them, and handed out in turn', async () => {
    const { ask, answer, questions } = resolver();
    const asked = Promise.all([ask('cos.example'), ask('cos.example'), ask('cos.example')]);
    answer(FIRST, SECOND);
    assert.deepEqual(await asked, [
      [FIRST, SECOND],
      [SECOND, FIRST],
      [FIRST, SECOND],
    ]);
    assert.deepEqual(await ask('cos.example'), [SECOND, FIRST]);
    assert.deepEqual(questions, ['cos.example 0']);
  });

  it('are those of one name and family', async () => {
    const { ask, answer, questions } = resolver();
    const asked = [ask('a.example'), ask('b.example'), ask('a.example', 6)];
    for (const _ of asked) answer(FIRST);
    await Promise.all(asked);
    assert.deepEqual(questions, ['a.example 0', 'b.example 0', 'a.example 6']);
  });

  it('are asked for again after a minute', async () => {
    const { ask, answer, questions, time } = resolver();
    const before = ask('cos.example');
    answer(FIRST);
    await before;
    time.now = MINUTE;
    const after = ask('cos.example');
    answer(SECOND);
    assert.deepEqual(await after, [SECOND]);
    assert.equal(questions.length, 2);
  });

  for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
    it(`are used on when they were known and ${code} comes later, until they are known anew`, async () => {
      const { ask, answer, refuse, questions, time } = resolver();
      const before = ask('cos.example');
      answer(FIRST);
      await before;
      time.now = MINUTE;
      const offline = Promise.all([ask('cos.example'), ask('cos.example')]);
      refuse(code);
      assert.deepEqual(await offline, [[FIRST], [FIRST]]);
      assert.deepEqual(await ask('cos.example'), [FIRST], 'for a moment without another question');
      assert.equal(questions.length, 2);
      time.now += MINUTE;
      const online = ask('cos.example');
      answer(SECOND);
      assert.deepEqual(await online, [SECOND]);
    });
  }

  it('are not known when they never were and a second question finds none either; the next one asks again', async () => {
    const { ask, answer, refuse, elapse, questions, time } = resolver();
    const asked = [ask('cos.exmaple'), ask('cos.exmaple')];
    refuse('ENOTFOUND');
    elapse();
    assert.ok(time.now >= 2000 && time.now <= 4000, `asked again after ${time.now} ms`);
    refuse('ENOTFOUND');
    for (const one of asked) await assert.rejects(one, { code: 'ENOTFOUND' });
    assert.equal(questions.length, 2);
    const again = ask('cos.exmaple');
    answer(FIRST);
    assert.deepEqual(await again, [FIRST]);
  });

  it('are found by the second question where the first came too early', async () => {
    const { ask, answer, refuse, elapse } = resolver();
    const asked = ask('cos.example');
    refuse('ENOTFOUND');
    elapse();
    answer(FIRST);
    assert.deepEqual(await asked, [FIRST]);
  });

  it('go last for some minutes once they did not answer', async () => {
    const { ask, answer, markDead, time } = resolver();
    const first = ask('cos.example');
    answer(FIRST, SECOND);
    await first;
    markDead(FIRST.address);
    for (const _ of [1, 2, 3]) assert.deepEqual(await ask('cos.example'), [SECOND, FIRST]);
    time.now += 10 * MINUTE;
    const later = ask('cos.example');
    answer(FIRST, SECOND);
    assert.deepEqual(await later, [FIRST, SECOND]);
  });
});
