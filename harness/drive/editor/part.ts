/** What the parts of the editor have in common: how to find, fill, choose, read and measure. */
import type { Locator, Page } from 'playwright-core';

/** A part of the window (px). */
export type Clip = Exclude<NonNullable<Parameters<Page['screenshot']>[0]>['clip'], undefined>;

/**
 * Waits until fonts are loaded and nothing moves, except for a spinner, which may never stop. It is text, because
 * this project has no browser types and tsx would change functions.
 */
const STILL = `(async () => {
	await document.fonts.ready;
	const moving = document
		.getAnimations()
		.filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
	await Promise.allSettled(moving.map(({ finished }) => finished));
})()`;

/** @param margin on each side (px) */
export async function around(parts: Locator[], margin = 0): Promise<Clip> {
	// The editor may have removed a part meanwhile. Then it is not in the picture.
	const seen = await Promise.all(parts.map(async (part) => await part.boundingBox()));
	const boxes = seen.filter((box) => box !== null);
	const left = Math.min(...boxes.map(({ x }) => x)) - margin;
	const top = Math.min(...boxes.map(({ y }) => y)) - margin;
	const right = Math.max(...boxes.map(({ x, width }) => x + width)) + margin;
	const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
	return { x: left, y: top, width: right - left, height: bottom - top };
}

export class Part {
	constructor(
		protected readonly page: Page,
		protected readonly element: Locator,
	) {}

	async area(): Promise<Clip> {
		return await around([this.element]);
	}

	protected byId(id: string): Locator {
		return this.element.getByTestId(id);
	}

	/** The visible texts, from top to bottom. */
	protected async textsOf(parts: Locator): Promise<string[]> {
		const texts = await parts.filter({ visible: true }).allInnerTexts();
		return texts.map((text) => text.trim());
	}

	/** Types into an input. n8n takes the value a moment later, or when the input loses the focus. */
	protected async type(field: Locator, value: string): Promise<void> {
		const input = field.locator('input, textarea');
		await input.fill(value);
		await input.blur();
	}

	/** Chooses from the open list. The description follows the name of an option. */
	protected async pick(text: string): Promise<void> {
		const name = new RegExp(`^\\s*${text.replace(/[()$]/g, '\\$&')}(\\s|$)`);
		await this.pickFrom(this.page.getByRole('option', { name }));
	}

	/** Clicks the first visible line of a list, which closes the list. */
	protected async pickFrom(lines: Locator): Promise<void> {
		const line = lines.filter({ visible: true }).first();
		await line.click();
		await line.waitFor({ state: 'hidden' });
	}

	/** Waits until nothing moves. */
	protected async settle(): Promise<void> {
		await this.page.evaluate(STILL);
	}
}
