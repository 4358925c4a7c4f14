import { devNull } from 'node:os';
import { DoraError } from '../../domain/errors.ts';
import { FolderMissing, ProgramFailed, ProgramMissing } from '../../io/exec.ts';
import type { ExtractorDeps } from '../extractor.ts';

/** Older ones lack `--show-object-format` or `%(creatordate:unix)` in the form used here. */
const OLDEST_GIT = [2, 29] as const;

/** Variables that would make git look at another repository than the one asked for (`git rev-parse --local-env-vars`). */
const LOCAL_VARIABLES = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
  'GIT_INTERNAL_SUPER_PREFIX',
];

/** Whatever the user has configured, output is the plain one that the parser reads. */
const PLAIN = [
  'color.ui=false',
  'log.showSignature=false',
  'log.mailmap=true',
  'log.follow=false',
  'i18n.logOutputEncoding=UTF-8',
  'core.quotePath=true',
  'core.commitGraph=true',
  'diff.renames=false',
  `diff.orderFile=${devNull}`,
  'log.showRoot=true',
  'core.pager=cat',
].flatMap((setting) => ['-c', setting]);

/**
 * The environment of every git child: nothing local, no prompts, no translation, no locks.
 *
 * Replacements and grafts are switched off: they are local to one clone, and a result must be the same in all.
 */
export function gitEnvironment(env: ExtractorDeps['env']): Record<string, string | undefined> {
  const inherited = Object.fromEntries(
    Object.entries(env).filter(([name]) => !LOCAL_VARIABLES.includes(name)),
  );
  return {
    ...inherited,
    GIT_FLUSH: '0', // else git flushes after every record into a pipe: a fifth of the whole time
    GIT_GRAFT_FILE: devNull,
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** The PATH on which git was found to be new enough: one question for all repositories. */
const proven = new WeakMap<ExtractorDeps['exec'], string>();

/** git, asked about the repository in one folder. */
export class Git {
  readonly #directory: string;
  readonly #deps: ExtractorDeps;

  constructor(directory: string, deps: ExtractorDeps) {
    this.#directory = directory;
    this.#deps = deps;
  }

  /** Standard output of a question; `null` when git does not answer it, for whatever reason. */
  async tryAsk(args: readonly string[]): Promise<string | null> {
    const { code, stdout } = await this.#run(args);
    return code === 0 ? stdout : null;
  }

  /** Standard output of a question to which no is an answer (`null`); a git that fails has not answered. */
  async askOrNo(args: readonly string[]): Promise<string | null> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code > 1) throw this.#refused(stderr);
    return code === 0 ? stdout : null;
  }

  /** Standard output of a question that must have an answer. */
  async ask(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code !== 0) throw this.#refused(stderr);
    return stdout;
  }

  async *stream(args: readonly string[], stdin: string): AsyncIterable<Uint8Array> {
    const { exec, env, signal } = this.#deps;
    try {
      yield* exec.stream('git', [...PLAIN, ...args], {
        cwd: this.#directory,
        env: gitEnvironment(env),
        stdin,
        signal,
      });
    } catch (error) {
      throw error instanceof ProgramFailed ? this.#refused(error.stderr) : asDoraError(error);
    }
  }

  /** Throws when the git on PATH is older than what is needed. */
  async requireVersion(): Promise<void> {
    const { exec, env } = this.#deps;
    const known = proven.get(exec);
    if (known !== undefined && known === env['PATH']) return;
    await this.#proveVersion();
    proven.set(exec, env['PATH'] ?? '');
  }

  async #proveVersion(): Promise<void> {
    const text = await this.ask(['version']);
    const [, major, minor] = /(\d+)\.(\d+)/u.exec(text) ?? [];
    const isOld =
      Number(major) < OLDEST_GIT[0] || (Number(major) === OLDEST_GIT[0] && Number(minor) < OLDEST_GIT[1]);
    if (!isOld) return;
    throw new DoraError('source', `git is too old: ${text.trim()}`, {
      hint: `install git ${OLDEST_GIT.join('.')} or newer and run again.`,
    });
  }

  async #run(args: readonly string[]) {
    const { exec, env, signal } = this.#deps;
    try {
      return await exec.run('git', [...PLAIN, ...args], {
        cwd: this.#directory,
        env: gitEnvironment(env),
        signal,
      });
    } catch (error) {
      throw asDoraError(error);
    }
  }

  #refused(stderr: string): DoraError {
    const text = stderr.trim();
    if (/not a git repository/iu.test(text)) {
      return new DoraError('source', `not a git repository: ${this.#directory}`, {
        hint: 'run this inside a clone, or set repositories[].path in dora-metrics.yaml.',
      });
    }
    if (/dubious ownership/iu.test(text)) {
      return new DoraError(
        'source',
        `git does not trust the repository: ${this.#directory} belongs to another user`,
        {
          hint: `if you trust it: git config --global --add safe.directory ${this.#directory}`,
        },
      );
    }
    return new DoraError(
      'source',
      `git could not read ${this.#directory}: ${text === '' ? 'no reason given' : text}`,
      {
        hint: 'git fsck shows whether the repository is damaged.',
      },
    );
  }
}

function asDoraError(error: unknown): unknown {
  if (error instanceof FolderMissing) {
    return new DoraError('source', `no such folder: ${error.message}`, {
      hint: 'correct repositories[].path in dora-metrics.yaml, or run inside a clone.',
      cause: error,
    });
  }
  if (!(error instanceof ProgramMissing)) return error;
  return new DoraError('source', 'git was not found on PATH', {
    hint: 'install git (https://git-scm.com) and run again.',
    cause: error,
  });
}
