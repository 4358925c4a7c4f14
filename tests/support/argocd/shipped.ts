import { ARGO_SETTINGS, type ArgoEvent, type ArgoSettings } from '../../../src/domain/argocd-event.ts';
import { USUAL_PLACEMENT, type ImageRule } from '../../../src/domain/argocd-settings.ts';
import { USUAL_ARGO } from './usual.ts';
import { isSameRepository } from '../../../src/domain/clone-address.ts';
import { isoInstant } from '../../../src/domain/units.ts';
import { eventsOf } from '../../../src/processors/argocd-events.ts';
import { argocdPlacement } from '../../../src/processors/argocd-placement.ts';
import {
  shipmentsOf,
  type PathsQuestion,
  type Shipment,
  type Shipped,
} from '../../../src/processors/argocd-shipments.ts';
import { imageTargets } from '../../../src/processors/image-targets.ts';
import type { LabelSet } from '../../../src/processors/image-labels.ts';
import { sha } from '../builders.ts';
import { evidenceOf, snapshotOf, type Look } from './looks.ts';
import type { ArgoModel } from './model.ts';
import type { ModelOptions } from './model-types.ts';
import { newborn } from './web.ts';

/** What a workspace knows besides what Argo CD showed. */
export interface Workspace {
  /** All of them on GitHub. */
  readonly repositories: readonly string[];
  readonly images?: readonly ImageRule[];
  /** By the reference of the image. */
  readonly labels?: Readonly<Record<string, LabelSet>>;
  readonly isChanged?: (question: PathsQuestion) => boolean | null;
  readonly failures?: Partial<ArgoSettings>;
}

/** Two applications whose images are named after them. */
export const APPLICATIONS: Workspace = {
  repositories: ['acme/shop', 'acme/cart'],
  images: [{ image: 'quay.io/acme/*', repository: 'https://github.com/acme/$1' }],
};

/** The same, and the repository that Argo CD reads. */
export const WITH_GITOPS: Workspace = {
  ...APPLICATIONS,
  repositories: ['acme/shop', 'acme/cart', 'acme/gitops'],
};

export interface ShippedInWords extends Shipped {
  readonly events: readonly ArgoEvent[];
  /** One for each shipment. */
  readonly lines: readonly string[];
  /** Each reason why something leads nowhere. */
  readonly nowhere: readonly string[];
  /** Every question that git was asked. */
  readonly asked: readonly PathsQuestion[];
}

/** What these looks mean for the repositories of a workspace. */
export function shippedIn(workspace: Workspace, looks: readonly Look[]): ShippedInWords {
  const { repositories, images = [], labels = {}, isChanged = () => null, failures } = workspace;
  const asked: PathsQuestion[] = [];
  const repositoryAt = (address: string) =>
    repositories.find((name) => isSameRepository(`https://github.com/${name}`, address)) ?? null;
  const evidence = evidenceOf(looks.map(snapshotOf));
  const events = eventsOf(evidence, { ...ARGO_SETTINGS, ...failures });
  const shipped = shipmentsOf(evidence, events, {
    placementOf: argocdPlacement(USUAL_PLACEMENT, 'argocd'),
    targets: imageTargets(
      { ...USUAL_ARGO, images },
      {
        repositoryAt,
        names: repositories,
        labelsOf: (reference) => [labels[reference] ?? {}],
      },
    ),
    repositoryAt,
    isChanged: (question) => {
      asked.push(question);
      return isChanged(question);
    },
  });
  return {
    ...shipped,
    events,
    lines: shipped.shipments.map(lineOf),
    nowhere: shipped.unclaimed.map(({ at, why }) => `${time(at)} ${why}`),
    asked,
  };
}

function lineOf(shipment: Shipment): string {
  const { at, repository, kind, images, revision, untraced, problem, recoveredAt, notBecause } = shipment;
  const attempt = kind === 'attempt' ? 'attempt at ' : '';
  const what =
    revision === null ? images.map(({ reference }) => reference).join(' + ') : revision.slice(0, 6);
  return [
    `${time(at)} ${repository}: ${attempt}${what}`,
    ...(untraced === null ? [] : [`untraced (${untraced})`]),
    ...(shipment.isUnverified ? ['unverified'] : []),
    ...(shipment.outcome === 'failed' ? [`failed (${problem ?? ''})`] : []),
    ...(recoveredAt === null ? [] : [`well again ${time(recoveredAt)}`]),
    ...(notBecause === null ? [] : [notBecause]),
  ].join(', ');
}

function time(instant: number): string {
  return isoInstant(instant).slice(5, -1).replace('T', ' ');
}

/** An application with one deployment a day, at ten from the first of March on: each of the next commit, `a0` first, with these images. */
export function deployedDaily(
  images: readonly (readonly string[])[],
  options: Partial<ModelOptions> = {},
): ArgoModel {
  const model = newborn(options);
  for (const [index, names] of images.entries())
    onDay(model, index + 1).sync({ images: names, then: 'Healthy' });
  return model;
}

/** The same model at ten on a day of March, when another commit is wanted. */
export function onDay(model: ArgoModel, day: number): ArgoModel {
  return model.at(`2026-03-${String(day).padStart(2, '0')}T10:00:00Z`).want([sha(`a${String(day - 1)}`)]);
}
