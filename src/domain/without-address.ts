/** An e-mail address ends in letters after its last dot: `ui@1.2.3` is a version, `git@host:path` an address of a repository. */
const ADDRESS =
  /(?<![\p{L}\p{N}_.%+-])(?!git@)[\p{L}\p{N}_.%+-]+@(?:\p{L}[\p{L}\p{N}-]*\.)+\p{L}{2,}(?![\p{L}\p{N}_-])/gu;

/** The text with every e-mail address replaced by `[e-mail]`. */
export function withoutAddress(value: string): string {
  return value.includes('@') ? value.replaceAll(ADDRESS, '[e-mail]') : value;
}
