/**
 * What spreadsheets do to the text of a cell, and how to keep them from it.
 *
 * They calculate formulas, and turn what looks like a number, a date, a time or a truth value into one: `0012345` comes back as `12345`,
 * `1.10` as `1.1`, `1/2` as a day. Quotes change nothing, an apostrophe does. Most keep it; gnumeric eats it on the way in.
 */

/** Also after blanks, and in the full width of East Asian keyboards. */
const FORMULA = /^[\s']*[=+\-@\t\r＝＋－＠]/u;
/** Fractions in one character too. */
const DIGIT = /\p{N}/u;
const LETTER = /\p{L}/u;

/** The most frequent of all that are converted. */
const PULL_REQUEST = /^#\d+$/u;
/** Nothing to convert: an instant with its time zone, or a character that no number and no date has. */
const ORDINARY = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$|_|:\/\/|^sha:/u;

/** Longer than any date with its words; a number may be longer. */
const LONGEST_DATE = 100;
const LONGEST_BOOLEAN = 12;

/** `TRUE` and `FALSE` as spreadsheets in other languages call them. */
const BOOLEANS = new Set(
  `TRUE FALSE WAHR FALSCH VRAI FAUX VERDADERO FALSO VERO VERDADEIRO WAAR ONWAAR SANT FALSKT SAND FALSK SANN USANN
  TOSI EPÄTOSI PRAWDA FAŁSZ PRAVDA NEPRAVDA IGAZ HAMIS ИСТИНА ЛОЖЬ ІСТИНА ХИБНІСТЬ НЕПРАВДА ЛЪЖА DOĞRU YANLIŞ
  ADEVĂRAT FALS CERT EGIA GEZURRA TÕENE TÕSI VÄÄR PATIESS APLAMS PATIESA TIESA NETIESA ΑΛΗΘΗΣ ΨΕΥΔΗΣ ΑΛΗΘΕΣ
  ΨΕΥΔΕΣ TAČNO NETAČNO TOČNO NETOČNO ISTINA LAŽ RESNIČNO BENAR SALAH`.split(/\s+/u),
);

/** Names of months and days of the week, short and long, in the languages that have many spreadsheets. */
const DATE_WORDS = `jan january januar januari janvier janv enero ene gennaio gen janeiro styczeń stycznia sty leden ledna led januára
  feb february februar februari février févr fév febrero febbraio fevereiro fev luty lutego lut únor února úno február
  mar march märz mär mrz maart mrt mars marzo março marzec marca březen března bře mars marts
  apr april avril avr abril abr aprile kwiecień kwietnia kwi duben dubna dub
  may mai mayo maggio mag maio mei maj maja květen května kvě
  jun june juni juin junio giugno giu junho czerwiec czerwca cze červen června čvn
  jul july juli juillet juil julio luglio lug julho lipiec lipca lip červenec července čvc
  aug august augustus août agosto ago sierpień sierpnia sie srpen srpna srp augusti
  sep sept september septembre septiembre settembre set setembro wrzesień września wrz září zář
  oct october oktober okt octobre octubre ottobre ott outubro out październik października paź říjen října říj
  nov november novembre noviembre novembro listopad listopada lis
  dec december dezember dez décembre déc diciembre dic dicembre dezembro grudzień grudnia gru prosinec prosince pro
  tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
  январь января янв февраль февраля фев март марта мар апрель апреля апр май мая июнь июня июн июль июля июл
  август августа авг сентябрь сентября сен сент октябрь октября окт ноябрь ноября ноя нояб декабрь декабря дек
  ocak oca şubat şub mart nisan nis mayıs haziran haz temmuz tem ağustos ağu eylül eyl ekim eki kasım kas aralık ara
  mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
  mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag so sonntag
  lun lundi mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche de del`;

/** Currencies that are written with letters. */
const CURRENCIES = `usd eur gbp chf jpy cny rmb inr brl cad aud nzd sek nok dkk pln czk huf ron bgn try rub uah ils zar krw mxn ars clp
  sgd hkd twd thb idr php vnd myr isk hrk fr sfr kr zł kč ft lei лв руб р грн rs r[$] us[$] tl rm rp din`;

/** Units of dates, times and money in East Asia. */
const CJK = '年月日時时分秒年월일시분초년上午下午오전오후元円圆원';

function anyOf(words: string): string {
  const list = [...new Set(words.split(/\s+/u))];
  return list.toSorted((a, b) => b.length - a.length).join('|');
}

/**
 * Nothing but digits, signs and what may stand among them: words of dates, currencies, am and pm, exponents, the `T` and `Z` of instants.
 * A letter of a word that is none of these ends the search at once.
 */
const NUMBER_OR_DATE = new RegExp(
  `^(?:[^\\p{L}]|[${CJK}]|(?<=\\p{Nd}\\.?)[ed](?=[+\\-]?\\p{Nd})|(?<=\\p{Nd})t(?=\\p{Nd})|(?<=\\p{Nd})z|(?<=\\p{Nd}\\s?)[ap]\\.?\\s?m?` +
    `|(?<!\\p{L})(?:utc|gmt|${anyOf(CURRENCIES)})(?!\\p{L})|(?<!\\p{L})(?:${anyOf(DATE_WORDS)})(?![\\p{L}]))+$`,
  'iu',
);

/** Whether a spreadsheet may read this as something else than text. */
function isConverted(text: string): boolean {
  if (!DIGIT.test(text)) {
    if (text.length <= LONGEST_BOOLEAN && BOOLEANS.has(text.trim().toUpperCase())) return true;
    return FORMULA.test(text);
  }
  if (FORMULA.test(text)) return true;
  if (PULL_REQUEST.test(text)) return true;
  if (ORDINARY.test(text)) return false;
  return text.length <= LONGEST_DATE ? NUMBER_OR_DATE.test(text) : !LETTER.test(text);
}

function needsGuard(text: string): boolean {
  return text.startsWith("'") || isConverted(text);
}

/**
 * The text as it is written into a cell, before it is quoted: with an apostrophe before what a spreadsheet would calculate or convert, and
 * before an apostrophe. All other text stays as it is.
 */
export function guarded(text: string): string {
  return needsGuard(text) ? `'${text}` : text;
}

/** The text of a cell without the apostrophe that `guarded` put there. `unguarded(guarded(x))` is `x`, whatever it is. */
export function unguarded(text: string): string {
  return text.startsWith("'") && needsGuard(text.slice(1)) ? text.slice(1) : text;
}

const LINE_END = /\r\n?/gu;
const BLANK = /[\u00a0\u2007\u202f]/gu;
/** What `trim` knows as white space, and the apostrophes among it. */
const LEADING = /^[\s']+/u;

function canonical(text: string): string {
  return text
    .replace(LINE_END, '\n')
    .replace(BLANK, ' ')
    .replaceAll('\t', '')
    .replace(LEADING, '')
    .trimEnd()
    .normalize('NFC');
}

/**
 * Whether two texts are the same but for what programs do to a cell on the way through them: apostrophes at its beginning, white space around it,
 * the kind of its line ends and of its blanks, tabs (an .ods file has none), and how accents are put together. If they are, nobody edited it.
 */
export function sameText(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b);
}

/**
 * Whether a text may have become another without anybody's doing: a formula its result, a number or a date the form that a program likes, or
 * letters or line ends were lost. A cell that came with its apostrophe, `isGuarded`, nobody calculated or converted.
 */
export function mayBeConverted(before: string, after: string, isGuarded: boolean): boolean {
  if (solid(before) === solid(after) || hasLostLetters(before, after)) return true;
  // no result is a formula
  if (isGuarded || CALCULATED.test(after)) return false;
  return CALCULATED.test(before) || (isConverted(before) && (isConverted(after) || ERROR.test(after)));
}

/** A formula beyond doubt, whose result may be any text. What begins with a dash is mostly a note. */
const CALCULATED = /^[\s']*[=＝]/u;
/** `#NAME?`, `#REF!`, `Err:502`. */
const ERROR = /^(?:#[\p{L}/0-9]+[?!]?|err:\d+)$/iu;

function solid(text: string): string {
  return canonical(text).replaceAll(/\s/gu, '');
}

const NOT_ASCII = /[^\p{ASCII}]/u;
/** What becomes another character, or a question mark, in a file of one byte a letter that was read with the wrong table. */
const DOUBTFUL = /[^\p{ASCII}]|\?/u;
const DOUBTFULS = /[^\p{ASCII}]+|\?+/gu;
/** Neither Latin-1 nor among the letters and signs that windows-1252 has besides. */
const NOT_WINDOWS_1252 = /[^\0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u;

/** "CSV" without "UTF-8", as Excel saves it, has question marks for what the language of the computer lacks, and other languages misread it. */
function hasLostLetters(before: string, after: string): boolean {
  if (!NOT_ASCII.test(before) || NOT_WINDOWS_1252.test(after)) return false;
  if (before.replaceAll(DOUBTFULS, '') === after.replaceAll(DOUBTFULS, '')) return true;
  return NOT_WINDOWS_1252.test(before) && DOUBTFUL.test(after);
}

const LETTERS = 26;
const CODE_OF_A = 65;

/** The letters of a column as a spreadsheet shows them: 0 is A, 26 is AA. */
export function columnLetter(index: number): string {
  let letters = '';
  for (let rest = index; rest >= 0; rest = Math.floor(rest / LETTERS) - 1)
    letters = String.fromCharCode(CODE_OF_A + (rest % LETTERS)) + letters;
  return letters;
}
