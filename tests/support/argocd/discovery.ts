/** What kubectl asks a cluster before it asks for anything else; `null` for other paths. */
export function discovery(path: string, hasCrd: boolean): unknown {
  switch (path) {
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/api/v1':
      return { kind: 'APIResourceList', groupVersion: 'v1', resources: [] };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: hasCrd ? [GROUP] : [] };
    case '/apis/argoproj.io/v1alpha1':
      return hasCrd ? RESOURCES : null;
    default:
      return null;
  }
}

const VERSION = { groupVersion: 'argoproj.io/v1alpha1', version: 'v1alpha1' };

const GROUP = { name: 'argoproj.io', versions: [VERSION], preferredVersion: VERSION };

const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'argoproj.io/v1alpha1',
  resources: [
    {
      name: 'applications',
      singularName: 'application',
      namespaced: true,
      kind: 'Application',
      shortNames: ['app', 'apps'],
      verbs: ['get', 'list', 'watch'],
    },
  ],
};
