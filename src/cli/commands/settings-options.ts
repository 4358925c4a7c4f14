import { Option } from '@commander-js/extra-typings';
import { ARGOCD_ACCESS_SETTINGS, NOTIFY_SETTINGS, SETTINGS } from '../../config/layers.ts';

/** The instant that a computation calls now. */
export function asOfOption() {
  return new Option('--as-of <instant>', 'what counts as now (default: when data was last extracted)');
}

/** The settings that have a flag, as options of a command: all, those that only matter to who asks GitHub, or those that matter to results. */
export function settingsOptions(which: 'all' | 'asking' | 'computing'): Option[] {
  const settings =
    which === 'all'
      ? [...SETTINGS, ...ARGOCD_ACCESS_SETTINGS, ...NOTIFY_SETTINGS]
      : SETTINGS.filter(({ path }) => (path[0] === 'github') === (which === 'asking'));
  return settings.map(
    ({ flag, argument, help, env }) => new Option(`--${flag} ${argument}`, `${help} (${env})`),
  );
}
