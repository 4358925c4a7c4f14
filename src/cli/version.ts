declare const __VERSION__: string | undefined;

/** The version of the package; the bundler puts it here. */
export const VERSION: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-dev';
