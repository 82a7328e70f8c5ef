import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tree } from '../corpus/lay-out.js';
import { files, mpd, period, representation } from '../corpus/mpd-text.js';
import { codesOf, namesOf, resolveTree } from '../corpus/resolve-tree.js';

function resolve(text: string, tree: Tree = {}) {
  return resolveTree({ 'm.mpd': text, ...tree }, 'm.mpd');
}

/** The numbered segments `first.m4s` to `last.m4s`. */
function numbered(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}.m4s`);
}

describe('the segments of a representation', () => {
  const TEN = 'media="$Number$.m4s" duration="1"';
  const stories: [what: string, text: string, wanted: string[]][] = [
    ['in as many as the Period needs', period(`<SegmentTemplate ${TEN}/>`), numbered(1, 10)],
    ['up to endNumber', period(`<SegmentTemplate ${TEN} endNumber="3"/>`), numbered(1, 3)],
    [
      'no further than the Period, whatever endNumber says',
      period(`<SegmentTemplate ${TEN} endNumber="99"/>`),
      numbered(1, 10),
    ],
    ['from startNumber', period(`<SegmentTemplate ${TEN} startNumber="5"/>`), numbered(5, 14)],
    [
      'by time from presentationTimeOffset',
      period('<SegmentTemplate media="$Time$.m4s" duration="5" presentationTimeOffset="3"/>'),
      ['3.m4s', '8.m4s'],
    ],
    [
      'on a timeline with a time above 2^53',
      period(
        '<SegmentTemplate media="$Time$.m4s"><SegmentTimeline><S t="9007199254740993" d="1" r="1"/></SegmentTimeline></SegmentTemplate>',
      ),
      ['9007199254740993.m4s', '9007199254740994.m4s'],
    ],
    [
      'on a timeline that repeats to the end of the Period, offset and timescale counted',
      period(
        '<SegmentTemplate media="$Number$.m4s" timescale="10" presentationTimeOffset="50"><SegmentTimeline><S t="50" d="60" r="-1"/></SegmentTimeline></SegmentTemplate>',
      ),
      numbered(1, 2),
    ],
    [
      'on a timeline with numbers of its own',
      period(
        '<SegmentTemplate media="$Number$.m4s"><SegmentTimeline><S d="1" n="4"/><S d="1"/><S d="1" n="9"/></SegmentTimeline></SegmentTemplate>',
      ),
      ['4.m4s', '5.m4s', '9.m4s'],
    ],
    [
      'on a timeline up to endNumber',
      period(
        '<SegmentTemplate media="$Number$.m4s" endNumber="2"><SegmentTimeline><S d="1" r="8"/></SegmentTimeline></SegmentTemplate>',
      ),
      numbered(1, 2),
    ],
    ['as one segment without any length', period('<SegmentTemplate media="$Number$.m4s"/>'), ['1.m4s']],
    [
      'as numbers without any length',
      period('<SegmentTemplate media="$Number$.m4s" startNumber="2" endNumber="4"/>'),
      numbered(2, 4),
    ],
    [
      'in the file of BaseURL with its index',
      period('<BaseURL>v.mp4</BaseURL><SegmentTemplate index="v.sidx"/>'),
      ['v.mp4'],
    ],
    [
      'of the list on the representation, not of the one above',
      mpd(
        '<Period><AdaptationSet><SegmentList><SegmentURL media="old.m4s"/></SegmentList><Representation id="v">' +
          '<SegmentList><SegmentURL media="new.m4s"/></SegmentList></Representation></AdaptationSet></Period>',
      ),
      ['new.m4s'],
    ],
    [
      'of the list above where the representation has none',
      mpd(
        '<Period><SegmentList><SegmentURL media="1.m4s"/></SegmentList><AdaptationSet><Representation id="v"/></AdaptationSet></Period>',
      ),
      ['1.m4s'],
    ],
    [
      'of the kind that the lowest level gives',
      mpd(
        '<Period><SegmentTemplate media="t.m4s"/><AdaptationSet><Representation id="v"><BaseURL>v.mp4</BaseURL><SegmentBase/></Representation></AdaptationSet></Period>',
      ),
      ['v.mp4'],
    ],
    [
      'with an initialization attribute before an element',
      period(
        '<SegmentTemplate media="1.m4s" initialization="$RepresentationID$-$Bandwidth$.mp4"><Initialization sourceURL="x.mp4"/></SegmentTemplate>',
      ),
      ['1.m4s', 'v-1000.mp4'],
    ],
    ['in CDATA and with entities', period('<BaseURL><![CDATA[a]]>&amp;&#x62;.mp4</BaseURL>'), ['a&b.mp4']],
    ['with blanks around', period('<BaseURL>\n  v.mp4\n </BaseURL>'), ['v.mp4']],
    [
      'with a trailing query in BaseURL',
      period('<BaseURL>a/?t=x/y</BaseURL><SegmentTemplate media="1.m4s"/>'),
      ['a/1.m4s'],
    ],
    [
      'in an MPD without a namespace',
      `<MPD mediaPresentationDuration="PT1S"><Period>${representation('<BaseURL>v.mp4</BaseURL>')}</Period></MPD>`,
      ['v.mp4'],
    ],
    [
      'in an MPD with a prefix',
      '<d:MPD xmlns:d="urn:mpeg:DASH:schema:MPD:2011"><d:Period><d:AdaptationSet><d:Representation><d:BaseURL>v.mp4</d:BaseURL>' +
        '</d:Representation></d:AdaptationSet></d:Period></d:MPD>',
      ['v.mp4'],
    ],
    [
      'without what is below unknown elements',
      period('<BaseURL>v.mp4</BaseURL><SubRepresentation><BaseURL>x.mp4</BaseURL></SubRepresentation>'),
      ['v.mp4'],
    ],
  ];
  for (const [what, text, wanted] of stories) {
    it(`are found ${what}`, async () => {
      // Decoys beside the wanted files show that nothing more is taken.
      const decoys = files('x.mp4', 't.m4s', 'old.m4s', '100.m4s', '0.m4s');
      const resolved = await resolve(text, { ...decoys, ...files(...wanted) });
      assert.deepEqual(resolved.problems, []);
      assert.deepEqual(namesOf(resolved), [...wanted].sort());
      assert.deepEqual(resolved.warnings, []);
    });
  }
});

describe('the length of a Period', () => {
  const stories: [what: string, attributes: string, periods: string[], counts: number[]][] = [
    ['is its own', 'mediaPresentationDuration="PT99S"', ['duration="PT2S"', 'duration="PT3S"'], [2, 3]],
    ['runs to the next start', 'mediaPresentationDuration="PT9S"', ['', 'start="PT4S"'], [4, 5]],
    [
      'runs from the end of the one before',
      'mediaPresentationDuration="PT9S"',
      ['duration="PT4S"', ''],
      [4, 5],
    ],
    ['is exact', 'mediaPresentationDuration="PT0.3S"', ['duration="PT0.1S"', ''], [1, 1]],
    ['may be a day', 'mediaPresentationDuration="P0DT0H0M5S"', ['duration="PT4.5S"', ''], [5, 1]],
  ];
  for (const [what, attributes, periods, counts] of stories) {
    it(what, async () => {
      const text = mpd(
        periods
          .map(
            (own, index) =>
              `<Period ${own}>${representation(`<SegmentTemplate media="${index}-$Number$.m4s" duration="1"/>`)}</Period>`,
          )
          .join(''),
        attributes,
      );
      const wanted = counts.flatMap((count, index) =>
        Array.from({ length: count }, (_, at) => `${index}-${at + 1}.m4s`),
      );
      const resolved = await resolve(text, files(...wanted));
      assert.deepEqual(resolved.problems, []);
      assert.deepEqual(namesOf(resolved), wanted.sort());
      assert.deepEqual(resolved.warnings, []);
    });
  }
});

describe('the end of a track by duration', () => {
  const TEMPLATE = '<SegmentTemplate media="$Number$.m4s" index="$Number$.sidx" duration="2"/>';
  const present = (...numbers: number[]) =>
    files(...numbers.flatMap((number) => [`${number}.m4s`, `${number}.sidx`]));

  const stories: [what: string, mime: string, numbers: number[], missing: string[], warnings: number][] = [
    ['may lack the last segment and its index', 'video/mp4', [1, 2, 3, 4], [], 1],
    ['may have one segment more, with its index', 'video/mp4', [1, 2, 3, 4, 5, 6], [], 0],
    ['may not lack two segments of video', 'video/mp4', [1, 2, 3], ['4.m4s', '4.sidx', '5.m4s', '5.sidx'], 0],
    ['may lack many segments of text', 'application/ttml+xml', [1], [], 1],
    ['may lack many segments of images', 'image/jpeg', [1, 2], [], 1],
    ['may not have a hole in text', 'text/vtt', [1, 3], ['2.m4s', '2.sidx'], 1],
  ];
  for (const [what, mime, numbers, missing, warnings] of stories) {
    it(what, async () => {
      const resolved = await resolve(period(TEMPLATE, `mimeType="${mime}"`), present(...numbers));
      assert.deepEqual(
        resolved.problems.map(({ message }) => /"(.*?)"/.exec(message)?.[1]),
        missing,
      );
      assert.deepEqual(namesOf(resolved), Object.keys(present(...numbers)).sort());
      assert.equal(resolved.warnings.length, warnings);
    });
  }

  it('may come early by contentType or codecs, too, of the set or of the representation', async () => {
    const sets = ['contentType="text"', 'contentType="image"', 'codecs="wvtt"', 'codecs="stpp.ttml.im1t"'];
    for (const attributes of sets) {
      assert.deepEqual(codesOf(await resolve(period(TEMPLATE, attributes), present(1))), [], attributes);
      const own = mpd(
        `<Period><AdaptationSet><Representation ${attributes}>${TEMPLATE}</Representation></AdaptationSet></Period>`,
      );
      assert.deepEqual(codesOf(await resolve(own, present(1))), [], attributes);
    }
  });

  it('takes nothing beyond a last segment that is absent', async () => {
    const resolved = await resolve(period(TEMPLATE), present(1, 2, 3, 4, 6));
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), Object.keys(present(1, 2, 3, 4)).sort());
  });

  it('may not lack everything', async () => {
    const once = period('<SegmentTemplate media="$Number$.m4s" duration="10"/>');
    assert.deepEqual(codesOf(await resolve(once)), ['missing']);
    const text = period('<SegmentTemplate media="$Number$.vtt" duration="5"/>', 'contentType="text"');
    assert.deepEqual(codesOf(await resolve(text)), ['missing', 'missing']);
  });

  it('may lack nothing where a timeline, a list or endNumber names it', async () => {
    const two = [
      '<SegmentTemplate media="$Number$.m4s"><SegmentTimeline><S d="1" r="1"/></SegmentTimeline></SegmentTemplate>',
      '<SegmentList duration="5"><SegmentURL media="1.m4s"/><SegmentURL media="2.m4s"/></SegmentList>',
      '<SegmentTemplate media="$Number$.m4s" duration="5" endNumber="2"/>',
    ];
    for (const content of two) {
      assert.deepEqual(
        codesOf(await resolve(period(content), files('1.m4s', '3.m4s'))),
        ['missing'],
        content,
      );
    }
  });

  it('takes no empty file for an absent one', async () => {
    const text = period('<SegmentTemplate media="$Number$.m4s" duration="5"/>');
    assert.deepEqual(codesOf(await resolve(text, { '1.m4s': 1, '2.m4s': 0 })), ['empty']);
  });
});
