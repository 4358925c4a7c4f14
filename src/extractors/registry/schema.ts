import * as z from 'zod';

/** What registries answer, as far as we use it. */

const Digest = z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/u);
const Size = z.number().int().nonnegative();
const Texts = z.record(z.string(), z.unknown()).nullish().transform(textsIn);

const Platform = z.object({ os: z.string().catch(''), architecture: z.string().catch('') });

/** One image for each platform. */
const Index = z.object({
  manifests: z.array(z.object({ digest: Digest, size: Size, platform: Platform.optional() })),
  annotations: Texts,
});

const Manifest = z.object({
  config: z.object({ mediaType: z.string(), digest: Digest, size: Size }),
  annotations: Texts,
});

/** Either of them; they are told apart by what they hold. */
export const Document = z.union([
  Index.transform((index) => ({ kind: 'index' as const, ...index })),
  Manifest.transform((manifest) => ({ kind: 'manifest' as const, ...manifest })),
]);

export const ImageConfig = z.object({
  config: z
    .object({ Labels: Texts })
    .nullish()
    .transform((config) => config?.Labels ?? {}),
});

export const Token = z
  .object({
    token: z.string().catch(''),
    access_token: z.string().catch(''),
    expires_in: z.number().positive().catch(60),
  })
  .transform(({ token, access_token: other, expires_in: seconds }) => ({
    token: token === '' ? other : token,
    seconds,
  }))
  .refine(({ token }) => /^[\x21-\x7e]{1,32768}$/u.test(token));

/** The code in the body of a refusal: `MANIFEST_UNKNOWN`, `TOOMANYREQUESTS`. */
export const Refusal = z.object({
  errors: z.array(z.object({ code: z.string().regex(/^\w{1,60}$/u) })).min(1),
});

const MOST_TEXTS = 500;
const LONGEST_TEXT = 4000;

/** Labels of a sensible number and length; what is no text is left out. */
function textsIn(record: Record<string, unknown> | null | undefined): Readonly<Record<string, string>> {
  const pairs = Object.entries(record ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' && name.length + value.length <= LONGEST_TEXT ? [[name, value] as const] : [],
  );
  return Object.fromEntries(pairs.slice(0, MOST_TEXTS));
}

/** The image for linux/amd64, else the first for any platform. `unknown` is what attestations say of theirs. `null` where there is none. */
export function chosenImage({ manifests }: z.infer<typeof Index>): string | null {
  const images = manifests.filter(({ platform }) => platform?.os !== 'unknown');
  const usual = images.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
  const linux = images.find(({ platform }) => platform?.os === 'linux');
  return (usual ?? linux ?? images[0])?.digest ?? null;
}
