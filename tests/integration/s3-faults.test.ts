import { describe, expect, it } from 'vitest';
import { DoraError } from '../../src/domain/errors.ts';
import { s3Storage } from '../support/s3/client.ts';
import { startS3, type Fault, type S3Request } from '../support/s3/server.ts';
import { LARGE, PASSING, put, work } from '../support/s3/work.ts';

/** What a bucket does to a workspace when one request goes wrong: every request, in every way. */

async function disturbed(
  fault: (request: S3Request) => Fault | null,
  conditions: 'honours' | 'unquoted' = 'honours',
): Promise<{
  readonly result: unknown;
  readonly left: readonly string[];
  readonly uploads: number;
  readonly requests: readonly S3Request[];
}> {
  const server = await startS3({ fault, conditions });
  try {
    const result = await work(s3Storage(server)).catch((error: unknown) => error);
    const [left, uploads] = [[...server.objects.keys()].sort(), server.uploads.size];
    return { result, left, uploads, requests: [...server.requests] };
  } finally {
    await server.close();
  }
}

describe('a request that goes wrong once', () => {
  it.each(PASSING)('is made good: $kind $code', { timeout: 120_000 }, async (fault) => {
    const { result, left, requests } = await disturbed(() => null);
    expect(result).toMatchObject({
      isWhole: true,
      small: 'small',
      state: 'three',
      missing: null,
      abandoned: [],
    });
    expect(requests.length).toBeGreaterThan(20);

    for (const { number, operation } of requests) {
      const after = await disturbed((request) => (request.number === number ? fault : null));
      expect({ number, operation, result: after.result, left: after.left }).toEqual({
        number,
        operation,
        result,
        left,
      });
    }
  });

  it.each(PASSING)(
    'while it is proven which ETag is taken, does not prove the wrong one: $kind $code',
    { timeout: 60_000 },
    async (fault) => {
      const { result, requests } = await disturbed(() => null, 'unquoted');
      const proof = requests.filter(({ key }) => key.includes('.conditional-writes'));
      expect(proof.length).toBeGreaterThan(7);
      for (const { number, operation } of proof) {
        const after = await disturbed((request) => (request.number === number ? fault : null), 'unquoted');
        expect({ number, operation, result: after.result }).toEqual({ number, operation, result });
      }
    },
  );

  it('of a conditional write that met another one is made again', async () => {
    const { result } = await disturbed(() => null);
    let conflicts = 0;
    const again = await disturbed(({ operation, key }) => {
      if (operation !== 'put' || !key.endsWith('state.json') || conflicts === 3) return null;
      conflicts += 1;
      return { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' };
    });
    expect(again.result).toEqual(result);
    expect(conflicts).toBe(3);
  });
});

describe('a store that refuses', () => {
  it(
    'from any request on ends in an error that says which object, and what to do',
    { timeout: 60_000 },
    async () => {
      const { requests } = await disturbed(() => null);
      for (const { number } of requests) {
        const { result } = await disturbed((request) =>
          request.number < number ? null : { kind: 'answer', status: 403, code: 'AccessDenied' },
        );
        expect(result, String(number)).toBeInstanceOf(DoraError);
        if (!(result instanceof DoraError)) continue;
        expect(result.message).toMatch(
          /^cannot (?:read|write) s3:\/\/workspaces\/teams\/shop\/\S+: 403(?: AccessDenied)?$/u,
        );
        expect(result.hint).toMatch(/credentials/u);
        expect(result.message).not.toContain('of-a-test');
      }
    },
  );
});

describe('a run that is told to stop', () => {
  /** All of the work, during which the signal is aborted by the fault that `wrong` makes of a request. */
  async function stopped(wrong: (request: S3Request, stop: () => void) => Fault | null) {
    const controller = new AbortController();
    const server = await startS3({ fault: (request) => wrong(request, () => controller.abort()) });
    try {
      const result = await work(s3Storage(server, {}, controller.signal)).catch((error: unknown) => error);
      return { result, server };
    } finally {
      await server.close();
    }
  }

  it.each(['hang', 'stall'] as const)('ends, whichever request %ss', { timeout: 60_000 }, async (kind) => {
    const { requests } = await disturbed(() => null);
    for (const { number, operation } of requests) {
      const { result, server } = await stopped((request, begun) =>
        request.number === number ? { kind, begun } : null,
      );
      expect(result, `${String(number)} ${operation}`).toMatchObject({ name: 'AbortError' });
      const probes = [...server.objects.keys()].filter((key) => key.includes('.conditional-writes-'));
      // what was put there to learn something is taken away, unless it is this that hangs
      if (operation !== 'delete') expect(probes, `${String(number)} ${operation}`).toEqual([]);
    }
  });

  it('ends while it waits for the next try', async () => {
    let tries = 0;
    const { result } = await stopped(({ operation }, stop) => {
      if (operation !== 'put') return null;
      tries += 1;
      if (tries === 2) setImmediate(stop);
      return { kind: 'answer', status: 503, code: 'SlowDown' };
    });
    expect(result).toMatchObject({ name: 'AbortError' });
    expect(tries).toBe(2);
  });

  it('ends while it waits to be alone', async () => {
    const { result } = await stopped(({ operation, key }, stop) => {
      if (operation !== 'put' || !key.endsWith('state.json')) return null;
      setImmediate(stop);
      return { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' };
    });
    expect(result).toMatchObject({ name: 'AbortError' });
  });

  it('gives up an upload that it has begun, and asks for nothing else', async () => {
    const controller = new AbortController();
    const server = await startS3();
    try {
      const storage = s3Storage(server, {}, controller.signal);
      const writer = await storage.create('raw/a');
      await writer.write(LARGE);
      controller.abort();
      const before = server.requests.length;
      await writer.abort();
      await expect(storage.read('raw/a')).rejects.toMatchObject({ name: 'AbortError' });
      expect(server.uploads.size).toBe(0);
      expect(server.requests.slice(before).filter(({ operation }) => operation !== 'part')).toMatchObject([
        { operation: 'abort' },
      ]);
    } finally {
      await server.close();
    }
  });
});

it('many requests at once are no leak of which Node warns', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const server = await startS3();
  try {
    const storage = s3Storage(server, {}, new AbortController().signal);
    await Promise.all(Array.from({ length: 30 }, async (_, n) => await storage.read(String(n))));
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', note);
    await server.close();
  }
});

describe('an upload', () => {
  it('that was given up leaves nothing', async () => {
    const server = await startS3();
    try {
      const writer = await s3Storage(server).create('raw/a');
      await writer.write(LARGE);
      expect(server.uploads.size).toBe(1);
      await writer.abort();
      expect([server.uploads.size, server.objects.size]).toEqual([0, 0]);
    } finally {
      await server.close();
    }
  });

  it('that nobody completes is cleared away after a day, like an object that nobody names', async () => {
    let now = Date.now() - 2 * 86_400_000;
    const server = await startS3({ now: () => now });
    try {
      const storage = s3Storage(server);
      await (await storage.create('raw/old')).write(LARGE);
      await put(storage, 'raw/old-object', Buffer.from('x'));
      now = Date.now();
      await (await storage.create('raw/new')).write(LARGE);
      await put(storage, 'raw/new-object', Buffer.from('x'));
      expect(await storage.abandoned('raw/')).toEqual(['raw/old-object']);
      expect([...server.uploads.values()].map(({ key }) => key)).toEqual(['teams/shop/raw/new']);
    } finally {
      await server.close();
    }
  });
});
