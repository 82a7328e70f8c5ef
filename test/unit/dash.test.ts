import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tree } from '../corpus/lay-out.js';
import { codesOf, namesOf, resolveTree } from '../corpus/resolve-tree.js';

const NAMESPACE = 'xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink"';

function mpd(content: string, attributes = 'mediaPresentationDuration="PT10S"'): string {
  return `<?xml version="1.0"?>\n<MPD ${NAMESPACE} type="static" ${attributes}>${content}</MPD>\n`;
}

function representation(content: string, attributes = 'mimeType="video/mp4"'): string {
  return `<AdaptationSet ${attributes}><Representation id="v" bandwidth="1000">${content}</Representation></AdaptationSet>`;
}

function period(content: string, attributes?: string): string {
  return mpd(`<Period>${representation(content, attributes)}</Period>`);
}

function files(...names: string[]): Tree {
  return Object.fromEntries(names.map((name) => [name, 1]));
}

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

describe('alternatives of BaseURL', () => {
  const two = (content: string, first = 'a/', second = 'b/') =>
    mpd(`<BaseURL>${first}</BaseURL><BaseURL>${second}</BaseURL><Period>${representation(content)}</Period>`);
  const TWO = '<SegmentTemplate media="$Number$.m4s" duration="5" endNumber="2"/>';

  it('may each hold a part', async () => {
    const resolved = await resolve(two(TWO), files('a/1.m4s', 'b/2.m4s'));
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), ['a/1.m4s', 'b/2.m4s']);
  });

  it('must hold every segment once', async () => {
    const { problems } = await resolve(two(TWO), files('a/1.m4s'));
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['missing'],
    );
    assert.match(problems[0]?.message ?? '', /"2\.m4s" \(pkg\/a\/2\.m4s\) does not exist/);
  });

  it('may name folders beside the file', async () => {
    const resolved = await resolve(two('<SegmentBase/>', 'video/', 'v.mp4'), files('v.mp4', 'video/x'));
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), ['v.mp4']);
  });

  it('may hold a folder of the name', async () => {
    const resolved = await resolve(two(TWO), files('a/1.m4s/x', 'b/1.m4s', 'b/2.m4s'));
    assert.deepEqual(resolved.problems, []);
    assert.deepEqual(namesOf(resolved), ['b/1.m4s', 'b/2.m4s']);
  });

  it('are refused when one leads out, though the other suffices', async () => {
    assert.deepEqual(codesOf(await resolve(two(TWO, '../', './'), files('1.m4s', '2.m4s'))), ['traversal']);
    assert.deepEqual(codesOf(await resolve(two(TWO, 'https://a.example/', './'), files('1.m4s', '2.m4s'))), [
      'absolute-url',
    ]);
    const link: Tree = { '../out.m4s': 1, 'a/1.m4s': { symlink: '../../out.m4s' } };
    assert.deepEqual(codesOf(await resolve(two(TWO), { ...files('b/1.m4s', 'b/2.m4s'), ...link })), [
      'symlink-escape',
    ]);
  });

  it('are limited in number', async () => {
    const nine = '<BaseURL>a/</BaseURL>'.repeat(9);
    const text = mpd(`${nine}<Period>${nine}${representation(TWO)}</Period>`);
    assert.deepEqual(codesOf(await resolve(text)), ['too-many']);
  });
});

describe('an MPD is refused', () => {
  const template = (attributes: string, content = '') =>
    period(`<SegmentTemplate ${attributes}>${content}</SegmentTemplate>`);
  const timeline = (content: string) =>
    template('media="$Number$.m4s"', `<SegmentTimeline>${content}</SegmentTimeline>`);
  const refused: [what: string, text: string, code: string][] = [
    ['for a remote Period', mpd('<Period xlink:href="p.xml"/>'), 'unsupported-xlink'],
    [
      'for remote events',
      mpd(`<Period><EventStream xlink:href="e.xml"/>${representation('<BaseURL>v.mp4</BaseURL>')}</Period>`),
      'unsupported-xlink',
    ],
    ['for a timescale of 0', template('media="1.m4s" timescale="0" duration="1"'), 'invalid-manifest'],
    ['for a negative duration', template('media="1.m4s" duration="-1"'), 'invalid-manifest'],
    ['for a duration that is no number', template('media="1.m4s" duration="1e3"'), 'invalid-manifest'],
    [
      'for a number of many digits',
      template(`media="1.m4s" startNumber="${'9'.repeat(100_000)}"`),
      'invalid-manifest',
    ],
    ['for a length that is none', mpd('<Period duration="10"/>'), 'invalid-manifest'],
    ['for a length without a number', mpd('<Period duration="PT"/>'), 'invalid-manifest'],
    ['for an S without @d', timeline('<S t="0"/>'), 'invalid-manifest'],
    ['for an endless S of no length', timeline('<S d="0" r="-1"/>'), 'invalid-manifest'],
    ['for an endless S before one without @t', timeline('<S d="1" r="-1"/><S d="1"/>'), 'invalid-manifest'],
    [
      'for two templates at a level',
      period('<SegmentTemplate media="1.m4s"/><SegmentTemplate media="2.m4s"/>'),
      'invalid-manifest',
    ],
    [
      'for an endless S without an end',
      mpd(
        `<Period>${representation('<SegmentTemplate media="1.m4s"><SegmentTimeline><S d="1" r="-1"/></SegmentTimeline></SegmentTemplate>')}</Period>`,
        '',
      ),
      'unbounded',
    ],
    ['for a width that is none', template('media="$Number%5d$.m4s"'), 'invalid-template'],
    ['for a width beyond reason', template('media="$Number%099999999d$.m4s"'), 'invalid-template'],
    [
      'for a number in initialization',
      template('media="1.m4s" initialization="$Number$.mp4"'),
      'invalid-template',
    ],
    [
      'for a bandwidth that is not given',
      mpd(
        '<Period><AdaptationSet><Representation><SegmentTemplate media="$Bandwidth$"/></Representation></AdaptationSet></Period>',
      ),
      'invalid-template',
    ],
    [
      'for a server in Representation@id',
      mpd(
        '<Period><AdaptationSet><Representation id="https://a.example"><SegmentTemplate media="$RepresentationID$/1.m4s"/></Representation></AdaptationSet></Period>',
      ),
      'absolute-url',
    ],
    [
      'for templates that grow without bound',
      mpd(
        `<Period><AdaptationSet><Representation id="${'x'.repeat(1_000_000)}"><SegmentTemplate media="$RepresentationID$/$Number$" duration="1" endNumber="1000"/></Representation></AdaptationSet></Period>`,
        'mediaPresentationDuration="PT1000S"',
      ),
      'too-large',
    ],
    ['for segments without end', timeline('<S d="1" r="200000"/>'), 'too-many'],
    ['for more elements than the limit', mpd('<Period/>'.repeat(400_001)), 'too-many'],
    ['for a representation without any address', period(''), 'empty'],
    ['for a list without segments', period('<SegmentList/>'), 'empty'],
    ['for a Period without representations', mpd('<Period/>'), 'empty'],
    ['as another element', '<x:MPD xmlns:x="urn:vendor"/>', 'not-a-manifest'],
    ['as nothing but a declaration', '<?xml version="1.0"?>', 'invalid-xml'],
    ['with an unclosed element', '<MPD><Period></MPD>', 'invalid-xml'],
    ['with an entity that is not defined', period('<BaseURL>&v;.mp4</BaseURL>'), 'invalid-xml'],
    ['with another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><MPD/>', 'invalid-encoding'],
    [
      'with entities that grow',
      '<!DOCTYPE MPD [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><MPD>&b;</MPD>',
      'doctype',
    ],
  ];
  for (const [what, text, code] of refused) {
    it(what, async () => {
      assert.equal(codesOf(await resolve(text, files('1.m4s', 'v.mp4')))[0], code);
    });
  }

  it('with the line of a bare ampersand', async () => {
    const text = period('\n<BaseURL>&amp;&#38;</BaseURL>\n<BaseURL>a&b.mp4</BaseURL>');
    const { problems } = await resolve(text);
    assert.equal(problems[0]?.message, 'pkg/m.mpd, line 4: is not well-formed XML: write "&" as "&amp;".');
  });

  it('with the path of the element, and with what is wrong elsewhere, too', async () => {
    const text = mpd(
      `<Period/><Period>${representation('<SegmentTemplate media="$X$"/>')}${representation('<BaseURL>v.mp4</BaseURL>')}</Period>`,
    );
    const { problems } = await resolve(text);
    assert.deepEqual(problems, [
      {
        code: 'invalid-template',
        message:
          'pkg/m.mpd, MPD/Period[2]/AdaptationSet[1]/Representation[1]/SegmentTemplate[1]/@media: "$X$" has the unknown identifier "$X$".',
      },
      {
        code: 'missing',
        message:
          'pkg/m.mpd, MPD/Period[2]/AdaptationSet[2]/Representation[1]: "v.mp4" (pkg/v.mp4) does not exist: ' +
          'add the file or take the reference out of the manifest.',
      },
    ]);
  });
});
