/** The run cannot go on, for a reason that the message explains to the user. */
export class UserError extends Error {}

/** A text is not what is expected in its place. The message completes the sentence "… is not valid; ". */
export class ValueError extends Error {}

/** A medium cannot be published. The code is stable; README explains it. */
export class CodedError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
