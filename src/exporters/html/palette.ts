/**
 * Two colours with a meaning and greys for the rest. Ink blue is much darker than the red-orange on paper, so that the
 * two also differ in grey print.
 */
export const LIGHT = {
  paper: '#fbfaf6',
  tint: '#f2f0e9',
  text: '#1d2126',
  muted: '#5b6068',
  line: '#d8d4c9',
  grid: '#e6e2d8',
  /** Shipped. */
  ink: '#183c70',
  ink2: '#a3bbda',
  ink3: '#d3dfee',
  /** Failed. */
  warm: '#bf420e',
} as const;

export const DARK: Readonly<Record<Colour, string>> = {
  paper: '#16181b',
  tint: '#1f2226',
  text: '#e7e4dd',
  muted: '#a5a7aa',
  line: '#3d4147',
  grid: '#2b2f34',
  ink: '#8fb6ee',
  ink2: '#41618f',
  ink3: '#263d5c',
  warm: '#ff8f61',
};

export type Colour = keyof typeof LIGHT;

/** The reference that a drawing uses, so that dark mode and print need no second drawing. */
export function colour(name: Colour): string {
  return `var(--${name})`;
}

export function declarations(palette: Readonly<Record<Colour, string>>): string {
  return Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}
