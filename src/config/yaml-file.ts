import path from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { DoraError, messageOf } from '../domain/errors.ts';
import { readTextFile } from '../io/files.ts';

/** The value of a YAML file, with the line on which each part of it stands. */
export interface YamlFile {
  readonly value: unknown;
  /** `dora-metrics.yaml line 4`; the name alone for what no line of the file says. */
  readonly lineOf: (path: readonly PropertyKey[]) => string | null;
}

/** Throws a `DoraError` with line and column for a file that is not YAML. An empty file is an empty map. */
export async function readYaml(file: string): Promise<YamlFile> {
  const name = path.basename(file);
  const lines = new LineCounter();
  const document = parseDocument(await readTextFile(file), { lineCounter: lines, prettyErrors: false });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const { line, col } = lines.linePos(mistake.pos[0]);
    throw new DoraError('config', `${name} line ${line}, column ${col} is not YAML: ${wording(mistake)}`, {
      hint: 'mind the indentation; texts with : or # in them need quotes.',
    });
  }
  return {
    value: valueOf(() => document.toJS({ maxAliasCount: 100 }), name),
    lineOf: (where) => {
      for (let length = where.length; length > 0; length -= 1) {
        const node: unknown = document.getIn(where.slice(0, length), true);
        if (isNode(node) && node.range) return `${name} line ${lines.linePos(node.range[0]).line}`;
      }
      return name;
    },
  };
}

/** The library speaks to programmers in one case. */
function wording({ code, message }: { readonly code: string; readonly message: string }): string {
  return code === 'MULTIPLE_DOCS' ? 'a second document begins here; keep one' : message;
}

function valueOf(read: () => unknown, name: string): unknown {
  try {
    return read() ?? {};
  } catch (error) {
    throw new DoraError('config', `${name} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
