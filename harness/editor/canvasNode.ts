import type { Locator, Page } from 'playwright-core';

/** A node on the canvas. */
export class CanvasNode {
	private readonly element: Locator;

	constructor(page: Page, name: string) {
		this.element = page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** Opens its panel. */
	async open(): Promise<void> {
		await this.element.dblclick();
	}

	/** The "+" behind it, which opens the node creator. */
	async clickPlus(): Promise<void> {
		await this.element.getByTestId('canvas-handle-plus').click();
	}

	/** What stands below it: name and subtitle. */
	async texts(): Promise<string[]> {
		const text = await this.element.innerText();
		return text.split('\n').map((line) => line.trim());
	}
}
