import { Option } from '@commander-js/extra-typings';
import { SETTINGS } from '../../config/layers.ts';

/** The settings that have a flag, as options of a command. */
export function settingsOptions(): Option[] {
  return SETTINGS.map(
    ({ flag, argument, help, env }) => new Option(`--${flag} ${argument}`, `${help} (${env})`),
  );
}
