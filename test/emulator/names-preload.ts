import { request } from 'node:http';
import { giveAddresses, lookupError } from './names.js';
import { type Lookup, useLookup } from './names-hook.js';

/*
 * Lets a process ask an emulator for names instead of the system:
 *
 *   EMULATED_NAMES=<namesUrl of the emulator> node --import <URL of this module> ...
 */

const url = process.env.EMULATED_NAMES;
if (url === undefined) throw new Error('EMULATED_NAMES is not set.');

/** An answer of the emulator. */
type Named = { addresses: string[] } | { code: string };

const lookup: Lookup = (hostname, options, callback) => {
  const fail = (error: Error): void => callback(Object.assign(error, { code: 'EAI_FAIL' }), '');
  request(`${url}?name=${encodeURIComponent(hostname)}`, { agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', fail);
    response.once('end', () => {
      const named = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Named;
      if ('code' in named) callback(lookupError(named.code, hostname), options.all === true ? [] : '');
      else giveAddresses(hostname, named.addresses, options, callback);
    });
  })
    .once('error', fail)
    .end();
};
useLookup(lookup);
