import type { Locator, Page } from 'playwright-core';

/** A collection of entries with fields of their own, such as segments; n8n calls the entries items. */
export class FixedCollection {
	constructor(
		private readonly page: Page,
		private readonly collection: Locator,
	) {}

	/** Adds one behind the others, and fills it. @param values by the names of its fields */
	async add(values: Record<string, string>): Promise<void> {
		const before = await this.items.count();
		await this.collection.getByTestId('fixed-collection-add').click();
		await this.items.nth(before).waitFor();
		await this.fill(before, values);
	}

	async fill(index: number, values: Record<string, string>): Promise<void> {
		for (const [name, value] of Object.entries(values)) {
			const field = this.items.nth(index).getByTestId(`parameter-input-${name}`);
			const input = field.locator('input, textarea');
			await input.fill(value);
			await input.blur();
		}
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

	/** What stands in a field of each, from top to bottom. */
	async values(name: string): Promise<string[]> {
		const fields = this.items.getByTestId(`parameter-input-${name}`).locator('input, textarea');
		return await Promise.all((await fields.all()).map(async (field) => await field.inputValue()));
	}

	private get items(): Locator {
		return this.collection.locator('[class*="parameterItemWrapper"]');
	}
}
