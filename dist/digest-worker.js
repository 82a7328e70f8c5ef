import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:worker_threads"
const external_node_worker_threads_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:worker_threads");
;// CONCATENATED MODULE: ./lib/src/errors.js
/** The run cannot go on, for a reason that the message explains to the user. */
class UserError extends (/* unused pure expression or super */ null && (Error)) {
}
/** A text is not what is expected in its place. The message completes the sentence "… is not valid; ". */
class ValueError extends (/* unused pure expression or super */ null && (Error)) {
}
/** A medium cannot be published. The code is stable; README explains it. */
class CodedError extends Error {
    code;
    constructor(code, message) {
        super(message);
        this.code = code;
    }
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./lib/src/expected-file.js


/** Flags to open a file with: a named pipe that took its place must not hold up the process until somebody writes to it. */
const READ_FLAGS = external_node_fs_namespaceObject.constants.O_RDONLY | (external_node_fs_namespaceObject.constants.O_NONBLOCK ?? 0);
/**
 * Checks that a file is still the one of the plan.
 *
 * @throws {CodedError} `FileChanged`
 */
function checkUnchanged(expected, now) {
    const { size, mtimeMs, identity = identityOf(now) } = expected;
    const isSame = now.size === size && now.mtimeMs === mtimeMs && identityOf(now) === identity;
    if (!now.isFile() || !isSame)
        throw fileChanged(expected, now.size);
}
/** Device and inode: another file, or a link to one, has others, although its size and times may be the same. */
function identityOf({ dev, ino }) {
    return `${dev}:${ino}`;
}
/** The file is not the one of the plan any more; `size` is how many bytes it has now. */
function fileChanged(expected, size) {
    const what = size === expected.size ? 'it was written again' : `it had ${expected.size} bytes and has ${size} now`;
    return new CodedError('FileChanged', `${expected.path} changed after the plan was made: ${what}. Publish it when nothing writes to it any more.`);
}
/** An error of the file system as `FileVanished` or `FileUnreadable`; what has a code of its own already stays as it is. */
function fileFailure({ path }, error) {
    if (error instanceof CodedError)
        return error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = error instanceof Error ? error.message : String(error);
    return code === 'ENOENT'
        ? new CodedError('FileVanished', `${path} was there when the plan was made and is gone now.`)
        : new CodedError('FileUnreadable', `${path} can't be read: ${reason}.`);
}

;// CONCATENATED MODULE: ./lib/src/digest/file-digester.js




/** Bytes that are read at once: few enough to still be in the processor's cache when they are hashed. */
const CHUNK_BYTES = 256 * 1024;
/** Longest time in milliseconds for which nothing else can happen in the thread. */
const SLICE = 10;
/**
 * Digests files one after another in the thread in which it was made.
 *
 * The system calls are synchronous, in short slices: that way worker threads do not compete with uploads for the
 * threads of libuv's pool, which the whole process shares.
 */
class FileDigester {
    #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    #last = Promise.resolve();
    #waiting = 0;
    /** Whether it has something to do. */
    get isBusy() {
        return this.#waiting > 0;
    }
    /**
     * The SHA-256, in hex digits, of a file that is the one of the plan before and after.
     *
     * @throws {CodedError} `FileVanished`, `FileChanged` or `FileUnreadable`
     * @throws the signal's reason when it is aborted
     */
    async digest(expected, signal) {
        this.#waiting++;
        const digest = this.#last.then(() => digestFile(expected, this.#buffer, signal));
        this.#last = Promise.allSettled([digest]);
        try {
            return await digest;
        }
        finally {
            this.#waiting--;
        }
    }
}
async function digestFile(expected, buffer, signal) {
    signal.throwIfAborted();
    let handle;
    try {
        handle = (0,external_node_fs_namespaceObject.openSync)(expected.file, READ_FLAGS);
        checkUnchanged(expected, (0,external_node_fs_namespaceObject.fstatSync)(handle));
        const digest = await digestBytes(handle, expected, buffer, signal);
        checkUnchanged(expected, (0,external_node_fs_namespaceObject.fstatSync)(handle));
        return digest;
    }
    catch (error) {
        signal.throwIfAborted();
        throw fileFailure(expected, error);
    }
    finally {
        if (handle !== undefined)
            (0,external_node_fs_namespaceObject.closeSync)(handle);
    }
}
async function digestBytes(handle, expected, buffer, signal) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    let sliceEnd = performance.now() + SLICE;
    for (let at = 0; at < expected.size;) {
        const wanted = Math.min(buffer.length, expected.size - at);
        const bytesRead = (0,external_node_fs_namespaceObject.readSync)(handle, buffer, 0, wanted, at);
        if (bytesRead === 0)
            throw fileChanged(expected, at);
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
        if (performance.now() > sliceEnd) {
            await (0,promises_namespaceObject.setImmediate)();
            signal.throwIfAborted();
            sliceEnd = performance.now() + SLICE;
        }
    }
    return hash.digest('hex');
}

;// CONCATENATED MODULE: ./lib/src/digest/digest-worker.js



const port = external_node_worker_threads_namespaceObject.parentPort;
if (port === null)
    throw new Error('This script runs in a worker thread only.');
const digester = new FileDigester();
const stops = new Map();
port.on('message', async (request) => {
    if ('stop' in request) {
        stops.get(request.stop)?.abort();
        return;
    }
    const { id, file } = request;
    const stop = new AbortController();
    stops.set(id, stop);
    const answer = { id, ...(await outcomeOf(file, stop.signal)) };
    stops.delete(id);
    port.postMessage(answer);
});
async function outcomeOf(file, signal) {
    try {
        return { digest: await digester.digest(file, signal) };
    }
    catch (error) {
        if (signal.aborted)
            return { stopped: true };
        if (error instanceof CodedError)
            return { code: error.code, message: error.message };
        throw error;
    }
}
