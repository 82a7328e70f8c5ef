import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Clock } from '../../src/network/clock.js';

const HOUR = 3_600_000;

/** A machine's clock that is set by hand, one hour behind the service's, and what has passed since. */
function slowClock() {
  const service = Date.parse('2026-01-31T10:00:00Z');
  const machine = { time: service - HOUR, elapsed: 0 };
  const clock = new Clock(
    () => machine.time,
    () => machine.elapsed,
  );
  return { clock, machine, service, date: new Date(service).toUTCString() };
}

const utc = (time: number): string => new Date(time).toUTCString();

describe('the clock', () => {
  it('is the machine’s until the service says otherwise', () => {
    const { clock, machine } = slowClock();
    assert.equal(clock.now(), machine.time);
    assert.equal(clock.serverNow(), machine.time);
    assert.equal(clock.offsetMs, 0);
  });

  it('is corrected by a refusal, and goes on from there', () => {
    const { clock, machine, service, date } = slowClock();
    assert.equal(clock.correct(date, 0), true);
    assert.equal(clock.now(), service);
    assert.equal(clock.offsetMs, 3_600_000);
    machine.time += 5000;
    assert.equal(clock.now(), service + 5000);
  });

  it('is corrected once: a service that refuses the corrected time has another reason', () => {
    const { clock, service, date } = slowClock();
    assert.equal(clock.correct(date, 0), true);
    const offset = clock.offsetMs;
    for (const time of [0, service, service + HOUR]) {
      assert.equal(clock.correct(utc(time), offset), false);
      assert.equal(clock.offsetMs, offset);
    }
    clock.observe(date);
    assert.equal(clock.correct(date, offset), false, 'it refuses its own time');
    assert.equal(clock.offsetMs, offset);
  });

  it('is corrected again when the machine’s clock is set after the service agreed', () => {
    const { clock, machine, service, date } = slowClock();
    clock.correct(date, 0);
    for (const step of [HOUR, -8 * HOUR, 3 * HOUR]) {
      clock.observe(date);
      machine.time += step;
      const used = clock.offsetMs;
      clock.observe(date);
      assert.equal(clock.correct(date, used), true);
      assert.equal(clock.now(), service);
      assert.equal(clock.correct(date, used), true, 'another request that was signed before');
      assert.equal(clock.now(), service);
    }
  });

  it('lets requests repeat that were signed before the correction', () => {
    const { clock, service, date } = slowClock();
    clock.correct(date, 0);
    assert.equal(clock.correct(new Date(0).toUTCString(), 0), true);
    assert.equal(clock.now(), service);
  });

  it('is not corrected by an answer without a date', () => {
    for (const date of [undefined, '', 'yesterday']) {
      const { clock } = slowClock();
      assert.equal(clock.correct(date, 0), false);
      assert.equal(clock.offsetMs, 0);
      assert.equal(clock.correct(slowClock().date, 0), true, 'a later one may still do it');
    }
  });

  it('takes note of the service’s time without signing by it, and never goes back', () => {
    const { clock, machine, service, date } = slowClock();
    const signed = clock.now();
    clock.observe(date);
    for (const older of [utc(service - 60_000), 'nonsense', undefined]) clock.observe(older);
    assert.equal(clock.serverNow(), service);
    assert.equal(clock.now(), signed);
    machine.elapsed += 5000;
    assert.equal(clock.serverNow(), service + 5000);
  });

  it('believes a time that leaps hours ahead only when the next answer agrees', () => {
    const { clock, machine, service, date } = slowClock();
    const leap = utc(service + 70 * 365 * 24 * HOUR);
    clock.observe(leap);
    assert.equal(clock.serverNow(), machine.time, 'the first answer of all');
    clock.observe(date);
    for (const odd of [leap, date, leap]) clock.observe(odd);
    assert.equal(clock.serverNow(), service);
    machine.elapsed += 5000;
    clock.observe(utc(Date.parse(leap) + 5000));
    assert.equal(clock.serverNow(), Date.parse(leap) + 5000);
  });

  it('lets nothing expire when the machine’s clock is set', () => {
    const { clock, machine, service, date } = slowClock();
    clock.correct(date, 0);
    clock.observe(date);
    machine.time += HOUR;
    assert.equal(clock.serverNow(), service);
  });

  it('is set by the time of an unsigned answer only where that differs by more than a slow answer explains', () => {
    const clock = new Clock(() => Date.parse('2030-01-01T12:00:00Z'));
    clock.calibrate('Tue, 01 Jan 2030 12:00:30 GMT');
    clock.calibrate(undefined);
    assert.equal(clock.offsetMs, 0);
    clock.calibrate('Tue, 01 Jan 2030 08:00:00 GMT');
    assert.equal(clock.offsetMs, -4 * 3_600_000);
  });
});
