/** What to do when there is nothing to measure. */
export const NO_DEPLOYMENTS =
  'no deployment is known: no tag looks like a version of the measured environment. Set tags.pattern, or deployments.from: merges if every merge is deployed';
