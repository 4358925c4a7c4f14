import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/** This machine in a name that other machines see: always the same, and nobody learns its own from it. */
export const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/** Whether a process of this machine is there, whoever it belongs to. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
