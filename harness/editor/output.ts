import type { Locator, Page } from 'playwright-core';
import { around, type Clip } from './clip';
import { playTo } from './inPage';

/** What a run left: the right side of an open node's panel. */
export class Output {
	constructor(private readonly page: Page) {}

	get element(): Locator {
		return this.page.getByTestId('output-panel');
	}

	async area(): Promise<Clip> {
		return await around([this.element]);
	}

	/** All that can be read in it. */
	async text(): Promise<string> {
		return await this.element.innerText();
	}

	async showAs(mode: 'Table' | 'JSON' | 'Binary'): Promise<void> {
		await this.element.getByText(mode, { exact: true }).click();
	}

	/** Whether the run failed, whether there are files in it. */
	async has(what: 'error' | 'binary'): Promise<boolean> {
		const id = what === 'error' ? 'node-run-status-danger' : 'radio-button-binary';
		return await this.element.getByTestId(id).isVisible();
	}

	/**
	 * "View" of the first file, and plays it until a moment.
	 * @returns where the film then is, and how long it is (s)
	 */
	async playVideo(second: number): Promise<{ at: number; duration: number }> {
		await this.showAs('Binary');
		await this.element.getByTestId('ndv-view-binary-data').click();
		await this.page.locator('video').waitFor();
		return await this.page.evaluate<{ at: number; duration: number }>(playTo(second));
	}
}
