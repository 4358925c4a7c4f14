import path from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { DoraError } from '../../domain/errors.ts';
import { readTextFile } from '../../io/files.ts';

/** Empty is what programs write that mean nothing. */
const text = z
  .string()
  .nullish()
  .transform((value) => (value === '' || value === null ? undefined : value));

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true);

function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
}

const ClusterEntry = z.object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
});

const ExecEntry = z.object({
  apiVersion: text,
  command: text,
  args: listOf(z.string()),
  env: listOf(z.object({ name: z.string(), value: z.string() })),
  installHint: text,
  interactiveMode: text,
  provideClusterInfo: flag,
});

const UserEntry = z.object({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  as: text,
  exec: ExecEntry.nullish(),
  'auth-provider': z.object({ name: text }).nullish(),
});

const ContextEntry = z.object({ cluster: text, user: text, namespace: text });

const Kubeconfig = z.object({
  'current-context': text,
  clusters: listOf(z.object({ name: z.string(), cluster: ClusterEntry })),
  users: listOf(
    z.object({ name: z.string(), user: UserEntry.nullish().transform((user) => user ?? NOBODY) }),
  ),
  contexts: listOf(z.object({ name: z.string(), context: ContextEntry })),
});

const NOBODY = UserEntry.parse({});

export type ExecPlugin = z.infer<typeof ExecEntry>;

/** An entry, and the folder of the file that has it: paths in it are seen from there. */
export interface Entry<Value> {
  readonly value: Value;
  readonly folder: string;
}

/** Several files as one. */
export interface MergedKubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, Entry<z.infer<typeof ClusterEntry>>>;
  readonly users: ReadonlyMap<string, Entry<z.infer<typeof UserEntry>>>;
  readonly contexts: ReadonlyMap<string, Entry<z.infer<typeof ContextEntry>>>;
}

/** Reads and merges as kubectl does: of entries with the same name the first one counts. Throws a `DoraError` for a file that is no kubeconfig. */
export async function readKubeconfigs(files: readonly string[]): Promise<MergedKubeconfig> {
  const clusters = new Map<string, Entry<z.infer<typeof ClusterEntry>>>();
  const users = new Map<string, Entry<z.infer<typeof UserEntry>>>();
  const contexts = new Map<string, Entry<z.infer<typeof ContextEntry>>>();
  let currentContext: string | undefined;
  for (const file of files) {
    const one = await readKubeconfig(file);
    const folder = path.dirname(path.resolve(file));
    currentContext ??= one['current-context'];
    for (const { name, cluster } of one.clusters) addFirst(clusters, name, { value: cluster, folder });
    for (const { name, user } of one.users) addFirst(users, name, { value: user, folder });
    for (const { name, context } of one.contexts) addFirst(contexts, name, { value: context, folder });
  }
  return { currentContext, clusters, users, contexts };
}

function addFirst<Value>(entries: Map<string, Value>, name: string, value: Value): void {
  if (!entries.has(name)) entries.set(name, value);
}

async function readKubeconfig(file: string): Promise<z.infer<typeof Kubeconfig>> {
  const document = parseDocument(await readTextFile(file), { prettyErrors: false });
  const hint = 'kubectl config view shows what kubectl makes of it.';
  // neither message quotes the file: it is full of secrets
  if (document.errors.length > 0)
    throw new DoraError('config', `the kubeconfig ${file} is not YAML`, { hint });
  const parsed = Kubeconfig.safeParse(valueOf(() => document.toJS({ maxAliasCount: 100 })));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  const place = where === '' ? '' : ` (at ${where})`;
  throw new DoraError('config', `the kubeconfig ${file} is not one${place}`, { hint });
}

/** An empty file is an empty kubeconfig. */
function valueOf(read: () => unknown): unknown {
  try {
    return read() ?? {};
  } catch {
    return null;
  }
}
