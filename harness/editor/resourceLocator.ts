/** A field whose value is chosen from a list that n8n asks the node for, or entered. */
import type { Locator, Page } from 'playwright-core';

/** n8n searches a moment after the last key. */
const SEARCH_PAUSE_MS = 1500;

export class ResourceLocator {
	/** @param element the field with its list of modes */
	constructor(
		private readonly page: Page,
		private readonly element: Locator,
	) {}

	/** What stands in the field: the line of the list, or what was entered. */
	async value(): Promise<string> {
		return await this.element.getByTestId('rlc-input').inputValue();
	}

	/** Chooses how the value is given. */
	async chooseMode(label: string): Promise<void> {
		await this.element.getByTestId('rlc-mode-selector').click();
		const option = this.page.getByRole('option', { name: label }).filter({ visible: true }).first();
		await option.click();
		await option.waitFor({ state: 'hidden' });
	}

	/** Opens the list. @returns its lines */
	async open(): Promise<string[]> {
		await this.element.getByTestId('rlc-input').click();
		return await this.lines();
	}

	/** @returns the lines that the list has then */
	async search(text: string): Promise<string[]> {
		await this.shown('rlc-search').fill(text);
		await this.page.waitForTimeout(SEARCH_PAUSE_MS);
		return await this.lines();
	}

	/** Chooses a line of the open list. */
	async choose(text: string): Promise<void> {
		const line = this.shown('rlc-item').filter({ hasText: text }).first();
		await line.click();
		await line.waitFor({ state: 'hidden' });
	}

	/** What stands in place of a list that could not be loaded. */
	async error(): Promise<string> {
		await this.element.getByTestId('rlc-input').click();
		const error = this.shown('rlc-error-container').first();
		await error.waitFor();
		return await error.innerText();
	}

	private async lines(): Promise<string[]> {
		await this.shown('rlc-item').first().waitFor();
		return (await this.shown('rlc-item').allInnerTexts()).map((text) => text.trim());
	}

	/** n8n puts the list at the end of the page, not into the field. */
	private shown(testId: string): Locator {
		return this.page.getByTestId(testId).filter({ visible: true });
	}
}
