import * as z from 'zod';

const WithMetadata = z.object({
  metadata: z.object({
    uid: z.string().optional(),
    namespace: z.string().optional(),
    name: z.string().optional(),
    resourceVersion: z.string().optional(),
  }),
});

/** Which object in which of its states it is; `null` for what is no object of Kubernetes. */
export function identityOf(value: unknown): string | null {
  const metadata = WithMetadata.safeParse(value).data?.metadata;
  if (metadata === undefined) return null;
  const { uid, namespace = '', name = '', resourceVersion = '' } = metadata;
  return `${uid ?? `${namespace}/${name}`}@${resourceVersion}`;
}
