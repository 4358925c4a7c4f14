import { describe, expect, it } from 'vitest';
import { escapeHtml, shorten } from '../../../../src/exporters/html/escape.ts';
import { html, raw, unbroken } from '../../../../src/exporters/html/markup.ts';

describe('text from outside', () => {
  it('is text, whatever it looks like', () => {
    expect(escapeHtml('<script>alert("1")</script> & \'x\'')).toBe(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;',
    );
  });

  it.each([
    ['an escape code', 'a\u001b[31mb', 'a‹U+001B›[31mb'],
    ['a line break', 'a\nb', 'a‹U+000A›b'],
    ['an override of the direction', 'a\u202eb', 'a‹U+202E›b'],
    ['an isolate', '\u2066a\u2069', '‹U+2066›a‹U+2069›'],
    ['a zero width space', 'a\u200bb', 'a‹U+200B›b'],
    ['a byte order mark', '\ufeffa', '‹U+FEFF›a'],
    ['a C1 control', 'a\u0085b', 'a‹U+0085›b'],
    ['a tag character', 'a\u{e0041}b', 'a‹U+E0041›b'],
    ['half of a surrogate pair', 'a\ud83db', 'a\ufffdb'],
    ['a character that no text has', 'a\u{10fffe}b', 'a?b'],
  ])('shows %s instead of obeying it', (_, text, shown) => {
    expect(escapeHtml(text)).toBe(shown);
  });

  it('leaves letters, accents and emoji families alone', () => {
    const text = 'Søren 李雷 e\u0301 שלום 👩\u200d💻 ❤\ufe0f\u200d🔥';

    expect(escapeHtml(text)).toBe(text);
  });

  it('shows the zero width joiner between letters', () => {
    expect(escapeHtml('ad\u200dmin')).toBe('ad‹U+200D›min');
  });

  it('is cut to so many characters, the ellipsis included', () => {
    expect(shorten('abcdefgh', 5)).toBe('abcd…');
    expect(shorten('abcde', 5)).toBe('abcde');
  });

  it('is cut so that it cannot grow by being escaped', () => {
    expect(escapeHtml(shorten('&'.repeat(500), 140)).length).toBeLessThanOrEqual(2 * 140);
    expect(Buffer.byteLength(escapeHtml(shorten('\u202e'.repeat(500), 140)))).toBeLessThanOrEqual(2 * 140);
    expect(Buffer.byteLength(escapeHtml(shorten('李'.repeat(500), 140)))).toBeLessThanOrEqual(2 * 140);
  });

  it('is never cut in the middle of a character', () => {
    expect(shorten('👍👍👍👍', 3)).not.toContain('\ufffd');
  });
});

describe('html', () => {
  it('escapes every value that is not markup', () => {
    const { text } = html`<p title="${'"'}">${'<b>'} ${raw('<i></i>')} ${[html`<u>${'&'}</u>`, 1, null]}</p>`;

    expect(text).toBe('<p title="&quot;">&lt;b&gt; <i></i> <u>&amp;</u>1</p>');
  });

  it('keeps names of periods and durations in one piece', () => {
    const { text } = unbroken('from 3 d 2 h in 2026-Q3 to <x>');

    expect(text).toBe('from <span class="nb">3 d 2 h</span> in <span class="nb">2026-Q3</span> to &lt;x&gt;');
  });
});
