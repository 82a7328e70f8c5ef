import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { readAction } from './action-metadata.js';
import { type CodeBlock, Document } from './markdown.js';

const FOLDERS = ['.', 'docs', '.github', 'test/media', 'test/emulator', 'test/corpus', 'test/vod-node-sdk'];
const documents = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => new Document(posix.join(folder, name))),
);
const blocks = documents.flatMap((document) => document.codeBlocks());
const action = readAction();

/** A step of a workflow, as far as it matters here. */
interface Step {
  id?: string;
  uses?: string;
  with?: Record<string, unknown>;
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && ('uses' in value || 'run' in value);
}

/** Every step in a piece of a workflow, however deep. */
function stepsIn(value: unknown): Step[] {
  if (isStep(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stepsIn);
}

function parseYaml({ text, place }: CodeBlock): unknown[] {
  return parseAllDocuments(text).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], place);
    return document.toJS();
  });
}

const usesThis = ({ uses = '' }: Step): boolean => /\/publish-to-tencent-vod@/.test(uses) || uses === './';

describe('the documents', () => {
  it('have YAML that parses and uses only inputs that exist', () => {
    const yaml = blocks.filter(({ language }) => language === 'yaml');
    const steps = yaml.flatMap((block) => parseYaml(block).flatMap(stepsIn)).filter(usesThis);
    assert.ok(steps.length >= 10, `${steps.length} steps`);
    for (const { with: given = {} } of steps) {
      const unknown = Object.keys(given).filter((name) => !Object.hasOwn(action.inputs, name));
      assert.deepEqual(unknown, []);
      assert.ok('files' in given, 'files is required');
    }
  });

  it('use only outputs that exist, of steps that are there', () => {
    for (const { text, place, language } of blocks) {
      if (language !== 'yaml') continue;
      const steps = parseYaml({ text, place, language }).flatMap(stepsIn).filter(usesThis);
      const uses = [...text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)];
      for (const [, id = '', output = ''] of uses) {
        assert.ok(
          steps.some((step) => step.id === id),
          `${place}: no step ${id}`,
        );
        assert.ok(Object.hasOwn(action.outputs, output), `${place}: no output ${output}`);
      }
    }
  });

  it('have JSON that parses', () => {
    const json = blocks.filter(({ language }) => language === 'json');
    assert.ok(json.length >= 4, `${json.length} blocks`);
    for (const { text, place } of json) assert.doesNotThrow(() => JSON.parse(text), place);
  });

  it('link only to what exists', () => {
    for (const document of documents) {
      for (const target of document.links()) {
        if (/^(https?|mailto):/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document.path : join(dirname(document.path), decodeURI(path));
        assert.ok(existsSync(file), `${document.path}: ${target}`);
        if (anchor === undefined) continue;
        assert.ok(new Document(file).anchors().has(anchor), `${document.path}: ${target}`);
      }
    }
  });

  it('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const known = new Set([...Object.keys(scripts), 'ci']);
    for (const { path, text } of documents) {
      const named = [...text.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(([, name = '']) => name);
      const installs = ['install', 'i', 'run'];
      assert.deepEqual(
        named.filter((name) => !known.has(name) && !installs.includes(name)),
        [],
        path,
      );
    }
  });

  it('name only files of the repository', () => {
    for (const document of documents) {
      const named = document
        .codeSpans()
        .filter((text) => /^(src|test|scripts|dist|docs|\.github)\/[\w./-]*$/.test(text));
      const missing = named.filter((path) => !existsSync(path) && path !== 'test/bench/results');
      assert.deepEqual(missing, [], document.path);
    }
  });
});
