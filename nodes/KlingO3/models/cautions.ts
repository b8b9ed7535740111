/**
 * What Segmind's page allows, but Kling ignores or may refuse. The node says so in the panel and after the run, but
 * does not refuse it. Source: Kling's own documentation of these models, 2026.
 */
import { elements } from '../fields/elements';
import { endImage } from '../fields/endImage';
import type { Field } from '../fields/field';
import { shotType } from '../fields/options/shotType';
import { referenceImages } from '../fields/referenceImages';
import { shots } from '../fields/shots';

/** The value that an item has for a field. */
export type ValueOf = <T>(field: Field<T>) => T | undefined;

export interface Caution {
	text: string;
	/**
	 * The panel shows the caution before a run for these values of fields; undefined if they cannot decide it. Name an
	 * option from the root: n8n 1.100 searches for any other name among the panel's own fields, without end.
	 */
	show?: Record<string, unknown[]>;
	holds(valueOf: ValueOf): boolean;
}

export const END_IMAGE_WITH_SEGMENTS: Caution = {
	text: 'Kling does not support an end image together with multiple shots',
	show: { shotMode: ['multi'], endImageSource: ['url', 'binary'] },
	holds: (valueOf) => Boolean(valueOf(shots) && valueOf(endImage)),
};

export const INTELLIGENCE_WITH_SEGMENTS: Caution = {
	text: 'Segments belong to Shot Type Customize; with Intelligence, Kling cuts the shots itself',
	show: { shotMode: ['multi'], '/options.shotType': ['intelligence'] },
	holds: (valueOf) => Boolean(valueOf(shots)) && valueOf(shotType) === 'intelligence',
};

/** The limit together with a video. */
const MOST_IMAGES = 4;

export const MANY_IMAGES: Caution = {
	text: `Kling takes up to ${MOST_IMAGES} elements and reference images together with a video`,
	holds: (valueOf) =>
		(valueOf(elements)?.length ?? 0) + (valueOf(referenceImages)?.length ?? 0) > MOST_IMAGES,
};
