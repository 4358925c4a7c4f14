/**
 * A name or a quoted one, an `@`, and a host with a dot whose last part is letters (or `xn--…`), or an address in brackets.
 *
 * `ui@1.2.3` and `rails@7.1.stable` are versions, `git@host:path` an address of a repository, and none is one of these.
 */
const ADDRESS =
  /(?:"[^"\n@]{1,64}"|(?<![\p{L}\p{M}\p{N}_.%+-])(?!git@)[\p{L}\p{M}\p{N}_.%+'-]+)@(?:\[[\d.:a-f]+\]|(?!v?\d+\.\d)(?:[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*\.)+(?:xn--[a-z\d-]+|\p{L}[\p{L}\p{M}]+)(?![\p{L}\p{N}]))/giu;

/** The text with every e-mail address replaced by `[e-mail]`. */
export function withoutAddress(value: string): string {
  return value.includes('@') ? value.replaceAll(ADDRESS, '[e-mail]') : value;
}
