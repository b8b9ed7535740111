import type { Locator, Page } from 'playwright-core';

/** A part of the window (px). */
export type Clip = Exclude<NonNullable<Parameters<Page['screenshot']>[0]>['clip'], undefined>;

/** @param margin on each side (px) */
export async function around(parts: Locator[], margin = 0): Promise<Clip> {
	// What the editor has taken away meanwhile is not in the picture.
	const seen = await Promise.all(parts.map(async (part) => await part.boundingBox()));
	const boxes = seen.filter((box) => box !== null);
	const left = Math.min(...boxes.map(({ x }) => x)) - margin;
	const top = Math.min(...boxes.map(({ y }) => y)) - margin;
	const right = Math.max(...boxes.map(({ x, width }) => x + width)) + margin;
	const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
	return { x: left, y: top, width: right - left, height: bottom - top };
}

/** As wide as one thing and as high as another: a column of something that scrolls. */
export function column(horizontal: Clip, vertical: Clip): Clip {
	return { ...vertical, x: horizontal.x, width: horizontal.width };
}
