/** The sets of definitions that the metrics can be computed by. */
export const PROFILES = ['dora', 'devlake-mysql', 'devlake-postgres'] as const;
export type Profile = (typeof PROFILES)[number];
/** What the dashboards of Apache DevLake show, which depends on its database. */
export type DevlakeProfile = Exclude<Profile, 'dora'>;

export function isProfile(text: string): text is Profile {
  return PROFILES.some((profile) => profile === text);
}

export function isDevlake(profile: Profile): profile is DevlakeProfile {
  return profile !== 'dora';
}
