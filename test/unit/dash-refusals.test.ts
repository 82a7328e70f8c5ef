import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noSymlinks } from '../corpus/file-system.js';
import type { Tree } from '../corpus/lay-out.js';
import { files, mpd, period, representation } from '../corpus/mpd-text.js';
import { codesOf, namesOf, resolveTree } from '../corpus/resolve-tree.js';

function resolve(text: string, tree: Tree = {}) {
  return resolveTree({ 'm.mpd': text, ...tree }, 'm.mpd');
}

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
  });

  it('are refused when one is a link that leads out, though the other suffices', {
    skip: noSymlinks,
  }, async () => {
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
    [
      'for a template longer than any path',
      template(`media="${'$RepresentationID$'.repeat(300)}"`),
      'invalid-template',
    ],
    [
      'for combinations of BaseURL that grow',
      mpd(
        `${`<BaseURL>${'x'.repeat(2_000_000)}/</BaseURL>`.repeat(8)}<Period>${'<BaseURL>a/</BaseURL>'.repeat(8)}</Period>`,
      ),
      'too-large',
    ],
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
    ['for a representation with a folder only', period('<BaseURL>a/</BaseURL>'), 'empty'],
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
