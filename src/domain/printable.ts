/** Control characters, and the invisible ones that reorder or hide text. */
// eslint-disable-next-line no-control-regex -- finding them is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const UNPRINTABLE_ONE = new RegExp(UNPRINTABLE.source, 'u');

/**
 * `text` with every character that a terminal, a spreadsheet or a browser would act on written out (`\x1b`, `\u202e`).
 *
 * Subjects, names and tags are other people's input; what is stored and shown has been through here.
 */
export function printable(text: string): string {
  if (!UNPRINTABLE_ONE.test(text)) return text;
  return text.replaceAll(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
