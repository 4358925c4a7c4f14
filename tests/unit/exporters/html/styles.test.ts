import { describe, expect, it } from 'vitest';
import { DARK, declarations, LIGHT, type Colour } from '../../../../src/exporters/html/palette.ts';
import { STYLES } from '../../../../src/exporters/html/styles.ts';

/** Text and shapes on what lies under them, with the contrast that WCAG AA asks for. */
const CONTRASTS: readonly (readonly [Colour, Colour, number])[] = [
  ['text', 'paper', 4.5],
  ['text', 'tint', 4.5],
  ['muted', 'paper', 4.5],
  ['muted', 'tint', 4.5],
  ['ink', 'paper', 4.5],
  ['ink', 'tint', 4.5],
  ['warm', 'paper', 4.5],
  ['warm', 'tint', 4.5],
  ['ink', 'ink2', 3],
  ['ink', 'ink3', 3],
  // the stages of the lead time, as they lie side by side
  ['ink3', 'muted', 3],
  ['muted', 'ink2', 2.5],
];

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe('the colours', () => {
  const palettes: readonly (readonly [string, Readonly<Record<Colour, string>>])[] = [
    ['light', LIGHT],
    ['dark', DARK],
  ];
  const pairs = palettes.flatMap(([mode, palette]) =>
    CONTRASTS.map(([front, back, least]) => ({ mode, palette, front, back, least })),
  );

  it.each(pairs)('$mode: $front on $back reaches $least', ({ palette, front, back, least }) => {
    expect(contrast(palette[front], palette[back])).toBeGreaterThanOrEqual(least);
  });

  it.each(palettes)('%s is in the style sheet as it was checked', (_, palette) => {
    expect(STYLES).toContain(declarations(palette));
  });

  it('differ in grey print: shipped is twice as dark as failed', () => {
    expect(contrast(LIGHT.ink, LIGHT.warm)).toBeGreaterThan(2);
  });

  it('are used by name alone', () => {
    const rules = STYLES.replace(declarations(LIGHT), '').replace(declarations(DARK), '');

    expect(rules).not.toMatch(/#[0-9a-f]{3,8}\b(?=[^{]*\})|rgb|hsl|gradient/u);
  });
});

describe('the style sheet', () => {
  it('loads nothing', () => {
    expect(STYLES).not.toMatch(/url\(|@import|@font-face/u);
  });

  it('knows four sizes of letters and no other', () => {
    const sizes = [...STYLES.matchAll(/font-size:([^;}]+)/gu)].map(([, size]) => size);

    expect(new Set(sizes)).toEqual(
      new Set(['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', '13px', 'inherit', '10.5pt']),
    );
  });

  it('has as many closing braces as opening ones', () => {
    expect(STYLES.split('{').length).toBe(STYLES.split('}').length);
  });
});
