import { Option } from '@commander-js/extra-typings';
import { SETTINGS } from '../../config/layers.ts';

/** The instant that a computation calls now. */
export function asOfOption() {
  return new Option('--as-of <instant>', 'what counts as now (default: when data was last extracted)');
}

/** The settings that have a flag, as options of a command. */
export function settingsOptions(): Option[] {
  return SETTINGS.map(
    ({ flag, argument, help, env }) => new Option(`--${flag} ${argument}`, `${help} (${env})`),
  );
}
