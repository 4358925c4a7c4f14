import { Option } from '@commander-js/extra-typings';
import { SETTINGS } from '../../config/layers.ts';

/** The instant that a computation calls now. */
export function asOfOption() {
  return new Option('--as-of <instant>', 'what counts as now (default: when data was last extracted)');
}

/** The settings that have a flag, as options of a command: all, those that only matter to who asks GitHub, or the others. */
export function settingsOptions(which: 'all' | 'asking' | 'computing'): Option[] {
  return SETTINGS.filter(
    ({ path: [first] }) =>
      which === 'all' || (first !== 'notify' && (first === 'github') === (which === 'asking')),
  ).map(({ flag, argument, help, env }) => new Option(`--${flag} ${argument}`, `${help} (${env})`));
}
