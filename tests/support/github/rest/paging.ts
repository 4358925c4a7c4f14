const MOST_PER_PAGE = 100;
const DEFAULT_PER_PAGE = 30;

export interface PageOf<Entry> {
  readonly entries: readonly Entry[];
  /** How many entries there are up to the end of this page, were all pages full. */
  readonly end: number;
  /** `Link`, where there are other pages. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The page that `per_page` and `page` name, of no more than the first `most` entries. */
export function paged<Entry>(all: readonly Entry[], url: URL, most: number): PageOf<Entry> {
  const perPage = Math.min(MOST_PER_PAGE, countOf(url, 'per_page') ?? DEFAULT_PER_PAGE);
  const page = countOf(url, 'page') ?? 1;
  const shown = Math.min(all.length, most);
  const end = page * perPage;
  const last = Math.max(1, Math.ceil(shown / perPage));
  const entries = all.slice(end - perPage, Math.min(end, shown));
  const links = [
    ...(page > 1 ? [link(url, Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [link(url, page + 1, 'next'), link(url, last, 'last')] : []),
    ...(page > 1 ? [link(url, 1, 'first')] : []),
  ];
  return { entries, end, headers: links.length === 0 ? {} : { link: links.join(', ') } };
}

function countOf(url: URL, name: string): number | null {
  const value = Number(url.searchParams.get(name));
  return Number.isInteger(value) && value >= 1 ? value : null;
}

function link(url: URL, page: number, relation: string): string {
  const other = new URL(url);
  other.searchParams.set('page', String(page));
  return `<${other.href}>; rel="${relation}"`;
}
