/**
 * Characters that act instead of being seen, as an explicit list: `\p{Cf}` grows with every version of Unicode, and
 * the same model must give the same bytes on every Node.
 */
const CONTROLS =
  // eslint-disable-next-line no-control-regex -- they are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}\ud800-\udfff]/gu;

/** The joiner inside an emoji such as a family is no trick. */
const INSIDE_EMOJI = /(?<=[\u{1f300}-\u{1faff}]|\ufe0f)\u200d(?=[\u2190-\u2bff\u{1f300}-\u{1faff}])/gu;
/** Stands for such a joiner meanwhile; it is no character, and no text has it. */
const EMOJI_JOINER = '\u{10fffe}';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const utf8 = new TextEncoder();

/** `text` with every character that would act (escape codes, bidirectional overrides, zero width) shown as a sign. */
function visible(text: string): string {
  return text
    .replaceAll(EMOJI_JOINER, '?')
    .replace(INSIDE_EMOJI, EMOJI_JOINER)
    .replace(CONTROLS, sign)
    .replaceAll(EMOJI_JOINER, '\u200d');
}

function sign(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return `\u2039U+${code.toString(16).toUpperCase().padStart(4, '0')}\u203a`;
}

/** `text` as HTML text or as the inside of a quoted attribute. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}

/**
 * The beginning of `text` with at most `characters` characters, an ellipsis included, and at most `most` bytes once
 * escaped, so that no text can make the page grow without bound.
 */
export function shorten(text: string, characters: number, most = 2 * characters): string {
  const shown = visible(text);
  if (shown.length <= characters && bytes(shown) <= most) return shown;
  let kept = '';
  let used = 3;
  let count = 1;
  for (const character of shown) {
    used += bytes(character);
    count += 1;
    if (count > characters || used > most) break;
    kept += character;
  }
  return `${kept.trimEnd()}\u2026`;
}

function bytes(text: string): number {
  return utf8.encode(escapeHtml(text)).length;
}
