/** As much of DER as an X.509 certificate takes (ITU-T X.690). */

type Bytes = Buffer;

function tagged(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Bytes {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function sequence(...content: readonly Uint8Array[]): Bytes {
  return tagged(0x30, ...content);
}

export function set(...content: readonly Uint8Array[]): Bytes {
  return tagged(0x31, ...content);
}

/** A large positive number: the first bit of `bytes` is set, whatever it was. */
export function largeInteger([first = 0, ...rest]: Uint8Array): Bytes {
  return tagged(0x02, Buffer.from([0, first | 0x80, ...rest]));
}

export function smallInteger(value: number): Bytes {
  return tagged(0x02, Buffer.from([value]));
}

export function isTrue(): Bytes {
  return tagged(0x01, Buffer.from([0xff]));
}

export function text(value: string): Bytes {
  return tagged(0x0c, Buffer.from(value, 'utf8'));
}

export function octets(content: Uint8Array): Bytes {
  return tagged(0x04, content);
}

/** Whole bytes only. */
export function bits(content: Uint8Array): Bytes {
  return tagged(0x03, Buffer.from([0]), content);
}

/** Whole seconds, UTC. */
export function time(at: Date): Bytes {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/gu, '');
  const isShort = at.getUTCFullYear() < 2050;
  return tagged(isShort ? 0x17 : 0x18, Buffer.from(isShort ? digits.slice(2) : digits, 'latin1'));
}

/** `[tag] EXPLICIT`. */
export function explicit(tag: number, ...content: readonly Uint8Array[]): Bytes {
  return tagged(0xa0 | tag, ...content);
}

/** `[tag] IMPLICIT` of something that is bytes. */
export function implicit(tag: number, content: Uint8Array): Bytes {
  return tagged(0x80 | tag, content);
}

/** `2.5.4.3`. */
export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}
