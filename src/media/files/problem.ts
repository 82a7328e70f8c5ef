/**
 * Something about a medium that keeps it from being published, found before anything was sent.
 * The message is a whole sentence for the user; it names the manifest and line where there is one.
 */
export interface Problem {
  /** A short kebab-case code, stable for scripts (`missing`, `traversal`, `empty` ...). */
  code: string;
  message: string;
}
