import { ManifestError, quote } from '../package/manifest-error.js';
import { type HlsItem, itemOfReference } from './references.js';
import { ASSET } from './tags.js';

/**
 * What an asset list of an interstitial names (X-ASSET-LIST, RFC 8216bis appendix D.2): the playlists of its
 * assets, relative to itself.
 * @param folder of the list, below the top manifest's folder, empty or with a `/` at its end
 * @throws {ManifestError} `invalid-manifest` for what is not such a list
 */
export function* assetListItems(text: string, folder: string): Generator<HlsItem> {
  const base = { path: folder, raw: folder };
  for (const [index, asset] of assetsOf(text).entries()) {
    const place = `ASSETS[${index}]/URI`;
    const uri = fieldOf(asset, 'URI');
    if (typeof uri !== 'string') {
      throw new ManifestError('invalid-manifest', 'is not a URI', place);
    }
    const item = itemOfReference(uri, ASSET, place, base);
    if (item !== undefined) yield item;
  }
}

function assetsOf(text: string): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ManifestError('invalid-manifest', `is an asset list, but not JSON: ${quote(reason)}`);
  }
  const assets = fieldOf(list, 'ASSETS');
  if (Array.isArray(assets)) return assets;
  throw new ManifestError('invalid-manifest', 'is an asset list without a list of ASSETS');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
