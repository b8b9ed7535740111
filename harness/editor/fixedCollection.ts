import type { Locator, Page } from 'playwright-core';

/** A collection of which each entry has a prompt and a duration; n8n calls the parts of it items. */
export class Segments {
	constructor(
		private readonly page: Page,
		private readonly collection: Locator,
	) {}

	/** Adds one behind the others, and fills it. */
	async add(prompt: string, duration: number): Promise<void> {
		const before = await this.items.count();
		await this.collection.getByTestId('fixed-collection-add').click();
		await this.items.nth(before).waitFor();
		await this.fill(before, prompt, duration);
	}

	async fill(index: number, prompt: string, duration: number): Promise<void> {
		const item = this.items.nth(index);
		await item.getByTestId('parameter-input-prompt').locator('textarea').fill(prompt);
		const field = item.getByTestId('parameter-input-duration').locator('input');
		await field.fill(String(duration));
		await field.blur();
	}

	async remove(index: number): Promise<void> {
		const last = this.items.nth((await this.items.count()) - 1);
		await this.items.nth(index).hover();
		await this.items.nth(index).getByTestId('fixed-collection-delete').click();
		await last.waitFor({ state: 'detached' });
	}

	/** Drags one by its handle to just above or below another. */
	async move(from: number, to: number): Promise<void> {
		const target = this.items.nth(to);
		await target.scrollIntoViewIfNeeded();
		await this.items.nth(from).hover();
		await this.items.nth(from).locator('.drag-handle').hover();
		const box = (await target.boundingBox())!;
		const edge = to < from ? box.y + 4 : box.y + box.height - 4;
		await this.page.mouse.down();
		// In steps: what is dragged over learns of it from the moves.
		await this.page.mouse.move(box.x + 40, box.y + box.height / 2, { steps: 10 });
		await this.page.mouse.move(box.x + 40, edge, { steps: 10 });
		await this.page.mouse.up();
	}

	/** What stands in them, from top to bottom. */
	async prompts(): Promise<string[]> {
		const fields = await this.items.getByTestId('parameter-input-prompt').locator('textarea').all();
		return await Promise.all(fields.map(async (field) => await field.inputValue()));
	}

	private get items(): Locator {
		return this.collection.locator('[class*="parameterItemWrapper"]');
	}
}
