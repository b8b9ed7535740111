/** The panel of an open node: its fields, its button and its output. */
import type { Locator, Page } from 'playwright-core';
import { FixedCollection, ResourceLocator } from './fields';
import { Part, type Clip } from './part';

const RUN_TIMEOUT_MS = 120_000;

export class Panel extends Part {
	readonly output: Output;

	constructor(page: Page) {
		super(page, page.getByTestId('node-parameters'));
		this.output = new Output(page, page.getByTestId('output-panel'));
	}

	/** The fields, without input and output. They are longer than the window, so the output gives the height. */
	async fields(): Promise<Clip> {
		const { x, width } = await this.area();
		return { ...(await this.output.area()), x, width };
	}

	/** The fields and the output. */
	async fieldsAndOutput(): Promise<Clip> {
		const fields = await this.fields();
		const { x, width } = await this.output.area();
		return { ...fields, width: x + width - fields.x };
	}

	/** A field with entries that a user can add, remove and drag. */
	collection(name: string): FixedCollection {
		return new FixedCollection(this.page, this.byId(`fixed-collection-${name}`));
	}

	/** A field with a value from a list or by hand. */
	resourceLocator(name: string): ResourceLocator {
		return new ResourceLocator(this.page, this.byId(`resource-locator-${name}`));
	}

	async opened(): Promise<this> {
		await this.element.waitFor();
		await this.settle();
		return this;
	}

	/** Labels of the visible fields, from top to bottom. */
	async labels(): Promise<string[]> {
		await this.settle();
		const texts = await this.textsOf(this.byId('input-label'));
		// After the label come the buttons that a mouse over it shows.
		return texts.map((text) => text.split('\n')[0]);
	}

	/** Texts of the visible notices. */
	async notices(): Promise<string[]> {
		await this.settle();
		return await this.textsOf(this.element.locator('.notice-content'));
	}

	/** Texts of the hints above the output. */
	async hints(): Promise<string[]> {
		await this.settle();
		return await this.textsOf(this.page.getByTestId('output-panel').getByTestId('node-hint'));
	}

	/** The chosen credential. */
	async credential(): Promise<string> {
		return await this.page.getByTestId('node-credentials-select').locator('input').inputValue();
	}

	/** Types a text or a number into a field. */
	async fill(name: string, value: string): Promise<void> {
		await this.type(this.field(name), value);
	}

	/** Chooses from a list. */
	async choose(name: string, option: string): Promise<void> {
		await this.field(name).click();
		await this.pick(option);
	}

	async turn(name: string, on: boolean): Promise<void> {
		const toggle = this.field(name).locator('.el-switch');
		const isOn = await toggle.evaluate((element) => element.className.includes('is-checked'));
		if (isOn !== on) await toggle.click();
	}

	/** Replaces the text of a JSON field. */
	async fillJson(name: string, text: string): Promise<void> {
		await this.field(name).locator('.cm-content').fill(text);
	}

	/** "Add option" under Options. */
	async addOption(label: string): Promise<void> {
		await this.byId('collection-parameter-add').click();
		await this.pick(label);
	}

	/** Scrolls so that a field is at the top. */
	async scrollTo(name: string): Promise<void> {
		await this.field(name).evaluate((input) => {
			(input.closest('[data-test-id="parameter-item"]') ?? input).scrollIntoView({
				block: 'start',
			});
			// The panel has a margin at the top, which would show the end of the field above.
			let panel = input;
			while (!(panel.scrollTop > 0)) panel = panel.parentElement!;
			panel.scrollTop += 28;
		});
	}

	/**
	 * "Execute step". Waits for the end of the run. Call it once after each opening of the workflow, because it cannot
	 * tell the marks of an earlier run from those of this one.
	 */
	async execute(): Promise<Output> {
		const done = this.output.done;
		if (await done.isVisible()) throw new Error('This node has been run already.');
		await this.page.getByTestId('node-execute-button').click();
		await this.ended(done);
		return this.output;
	}

	/** "Execute previous nodes". Waits until their items are there. */
	async executePrevious(): Promise<void> {
		const input = this.page.getByTestId('ndv-input-panel');
		await input.getByTestId('execute-previous-node').click();
		await this.ended(input.getByText(/^\d+ items?$/));
	}

	/** Waits for the end of a run, and closes the message that n8n then shows in the corner. */
	private async ended(sign: Locator): Promise<void> {
		await sign.waitFor({ timeout: RUN_TIMEOUT_MS });
		const toast = this.page.locator('.el-notification').first();
		await toast.locator('.el-notification__closeBtn').click();
		await toast.waitFor({ state: 'detached' });
	}

	/** Entries of a collection may have a field of the same name. */
	private field(name: string): Locator {
		const ofItsOwn = this.page.locator(':not([data-test-id^="fixed-collection-"] *)');
		return this.byId(`parameter-input-${name}`).and(ofItsOwn);
	}
}

/** The output of a run: the right side of an open node's panel. */
export class Output extends Part {
	/** The mark that a run has ended. */
	get done(): Locator {
		return this.byId('node-run-status-success').or(this.byId('node-run-status-danger'));
	}

	/** All its text. */
	async text(): Promise<string> {
		return await this.element.innerText();
	}

	/** Whether the output shows an error, or files. */
	async has(what: 'error' | 'binary'): Promise<boolean> {
		const id = what === 'error' ? 'node-run-status-danger' : 'radio-button-binary';
		return await this.byId(id).isVisible();
	}

	/**
	 * Opens the first file with "View", and plays it until a moment. If it is already open, it continues. It does not
	 * seek, because n8n serves the file in one piece.
	 * @returns the position and the length of the video (s)
	 */
	async playVideo(second: number): Promise<{ at: number; duration: number }> {
		const player = this.page.locator('video');
		if (!(await player.isVisible())) {
			await this.element.getByText('Binary', { exact: true }).click();
			await this.byId('ndv-view-binary-data').click();
		}
		return await player.evaluate(async (video, until) => {
			video.muted = true;
			await video.play();
			while (video.currentTime < until && !video.ended) {
				await new Promise((resolve) =>
					video.addEventListener('timeupdate', resolve, { once: true }),
				);
			}
			video.pause();
			return { at: video.currentTime, duration: video.duration };
		}, second);
	}
}
