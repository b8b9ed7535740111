/** Fields of a panel that consist of several inputs. */
import type { Locator } from 'playwright-core';
import { Part } from './part';

const DRAGS = 10;
const SETTLES_MS = 5000;
/** n8n searches a moment after the last key. */
const SEARCH_PAUSE_MS = 1500;

/** A collection of entries with their own fields, for example segments. n8n calls the entries items. */
export class FixedCollection extends Part {
	/** Adds an entry at the end and fills it. @param values by the names of its fields */
	async add(values: Record<string, string>): Promise<void> {
		const before = await this.items.count();
		await this.byId('fixed-collection-add').click();
		await this.items.nth(before).waitFor();
		await this.fill(before, values);
	}

	async fill(index: number, values: Record<string, string>): Promise<void> {
		for (const [name, value] of Object.entries(values)) {
			await this.type(this.items.nth(index).getByTestId(`parameter-input-${name}`), value);
		}
	}

	async remove(index: number): Promise<void> {
		const last = this.items.nth((await this.items.count()) - 1);
		await this.items.nth(index).hover();
		await this.items.nth(index).getByTestId('fixed-collection-delete').click();
		await last.waitFor({ state: 'detached' });
	}

	/**
	 * Drags an entry by its handle above or below another one. It drops the entry only when the editor shows it there:
	 * on a busy machine the editor may miss the first moves.
	 */
	async move(from: number, to: number): Promise<void> {
		const wanted = await this.texts();
		wanted.splice(to, 0, ...wanted.splice(from, 1));
		const isThere = async () => (await this.texts()).join('\n') === wanted.join('\n');
		const target = this.items.nth(to);
		await target.scrollIntoViewIfNeeded();
		await this.items.nth(from).hover();
		await this.items.nth(from).locator('.drag-handle').hover();
		const { x, y, height } = (await target.boundingBox())!;
		const edge = to < from ? y + 4 : y + height - 4;
		await this.page.mouse.down();
		for (let attempt = 0; attempt < DRAGS && !(await isThere()); attempt++) {
			// In steps, because the element below notices the drag only from the moves.
			await this.page.mouse.move(x + 40, y + height / 2, { steps: 10 });
			await this.page.mouse.move(x + 40, edge, { steps: 10 });
		}
		await this.page.mouse.up();
		// The editor first puts the entry back, and then renders the new order.
		const deadline = Date.now() + SETTLES_MS;
		while (!(await isThere())) {
			if (Date.now() > deadline) throw new Error(`Entry ${from} was not moved to ${to}.`);
		}
	}

	/** The value of a field in each entry, from top to bottom. */
	async values(name: string): Promise<string[]> {
		const fields = this.items.getByTestId(`parameter-input-${name}`).locator('input, textarea');
		return await Promise.all((await fields.all()).map(async (field) => await field.inputValue()));
	}

	/** All values of each entry, from top to bottom. */
	private async texts(): Promise<string[]> {
		return await this.items.evaluateAll((items) =>
			items.map((item) =>
				[...item.querySelectorAll('input, textarea')]
					.map((field) => (field as unknown as { value: string }).value)
					.join(' '),
			),
		);
	}

	private get items(): Locator {
		return this.element.locator('[class*="parameterItemWrapper"]');
	}
}

/** A field with a value from a list of the node, or by hand. */
export class ResourceLocator extends Part {
	/** The text in the field: the chosen line of the list, or the text that was entered. */
	async value(): Promise<string> {
		return await this.byId('rlc-input').inputValue();
	}

	/** Chooses how to enter the value. */
	async chooseMode(label: string): Promise<void> {
		await this.byId('rlc-mode-selector').click();
		await this.pick(label);
	}

	/** Opens the list. @returns its lines */
	async open(): Promise<string[]> {
		await this.byId('rlc-input').click();
		return await this.lines();
	}

	/** @returns the lines of the list then */
	async search(text: string): Promise<string[]> {
		await this.shown('rlc-search').fill(text);
		await this.page.waitForTimeout(SEARCH_PAUSE_MS);
		return await this.lines();
	}

	/** Chooses a line of the open list. */
	async choose(text: string): Promise<void> {
		await this.pickFrom(this.shown('rlc-item').filter({ hasText: text }));
	}

	/** The text instead of a list that could not be loaded. */
	async error(): Promise<string> {
		await this.byId('rlc-input').click();
		return await this.shown('rlc-error-container').first().innerText();
	}

	private async lines(): Promise<string[]> {
		await this.shown('rlc-item').first().waitFor();
		return await this.textsOf(this.shown('rlc-item'));
	}

	/** n8n puts the list at the end of the page, and not into the field. */
	private shown(testId: string): Locator {
		return this.page.getByTestId(testId).filter({ visible: true });
	}
}
