import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAttributes } from '../../src/media/hls/attributes.js';

describe('an attribute list', () => {
  const lists: [list: string, values: Record<string, string>][] = [
    ['METHOD=AES-128,URI="k.key"', { METHOD: 'AES-128', URI: 'k.key' }],
    ['URI="a, b=c.mp4",BYTERANGE="1@0"', { URI: 'a, b=c.mp4', BYTERANGE: '1@0' }],
    [' TYPE=AUDIO , URI = "a.m3u8" ', { TYPE: 'AUDIO', URI: 'a.m3u8' }],
    ['URI=enc.key,IV=0x1', { URI: 'enc.key', IV: '0x1' }],
    ['A="",B=', { A: '', B: '' }],
    ['A=1,,A=1,', { A: '1' }],
    ["URI=\"it's 'one'.mp4\"", { URI: "it's 'one'.mp4" }],
    ['__proto__=x,URI="a"', { ['__proto__']: 'x', URI: 'a' }],
    ['URI="a\u2028b"', { URI: 'a\u2028b' }],
    ['', {}],
  ];
  for (const [list, values] of lists) {
    it(`${JSON.stringify(list)} is read`, () => {
      const read = readAttributes(list);
      assert.equal(read.malformed, undefined);
      assert.deepEqual([...read.values], Object.entries(values));
    });
  }

  const malformed: [list: string, why: RegExp][] = [
    ['METHOD', /"METHOD" has no value/],
    ['METHOD,URI="k"', /"METHOD" has no value/],
    ['URI="k', /URI has no closing quote/],
    ['URI="k"x,A=1', /URI goes on after its closing quote/],
    ['URI="a",URI="b"', /URI has two values/],
  ];
  for (const [list, why] of malformed) {
    it(`${list} is malformed`, () => {
      assert.match(readAttributes(list).malformed ?? '', why);
    });
  }

  it('is read in one pass, however many commas and blanks it has', () => {
    assert.deepEqual([...readAttributes(`${', '.repeat(2_000_000)}A=1`).values], [['A', '1']]);
    assert.match(readAttributes(`X",${','.repeat(2_000_000)}"`).malformed ?? '', /has no value/);
  });
});
