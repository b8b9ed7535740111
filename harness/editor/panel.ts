/** The panel of an open node: its fields and its button. */
import type { Locator, Page } from 'playwright-core';
import { around, column, type Clip } from './clip';
import { FixedCollection } from './fixedCollection';
import { scrollTo, STILL } from './inPage';
import { Output } from './output';
import { ResourceLocator } from './resourceLocator';

const RUN_TIMEOUT_MS = 120_000;

export class Panel {
	readonly output: Output;

	constructor(private readonly page: Page) {
		this.output = new Output(page);
	}

	/** The fields, without input and output. */
	async fields(): Promise<Clip> {
		return column(await around([this.parameters]), await this.output.area());
	}

	/** The fields and the output. */
	async fieldsAndOutput(): Promise<Clip> {
		const fields = await this.fields();
		const { x, width } = await this.output.area();
		return { ...fields, width: x + width - fields.x };
	}

	/** A field with entries that can be added, removed and dragged. */
	collection(name: string): FixedCollection {
		return new FixedCollection(this.page, this.page.getByTestId(`fixed-collection-${name}`));
	}

	/** A field that is chosen from a list or entered. */
	resourceLocator(name: string): ResourceLocator {
		return new ResourceLocator(this.page, this.parameters.getByTestId(`resource-locator-${name}`));
	}

	async opened(): Promise<void> {
		await this.parameters.waitFor();
		await this.settle();
	}

	/** Labels of the fields that are shown, from top to bottom. */
	async labels(): Promise<string[]> {
		await this.settle();
		const shown = this.parameters.getByTestId('input-label').filter({ visible: true });
		// Behind the label come the buttons that appear when it is pointed at.
		return (await shown.allInnerTexts()).map((text) => text.trim().split('\n')[0]);
	}

	/** Texts of the notices that are shown. */
	async notices(): Promise<string[]> {
		await this.settle();
		const shown = this.parameters.locator('.notice-content').filter({ visible: true });
		return (await shown.allInnerTexts()).map((text) => text.trim());
	}

	/** What is chosen as the credential. */
	async credential(): Promise<string> {
		return await this.page.getByTestId('node-credentials-select').locator('input').inputValue();
	}

	/** Types a text or a number into a field. */
	async fill(name: string, value: string): Promise<void> {
		const field = this.field(name).locator('input, textarea');
		await field.fill(value);
		// n8n takes the value over a moment later, or when the field is left.
		await field.blur();
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

	/** Replaces what stands in a JSON field. */
	async fillJson(name: string, text: string): Promise<void> {
		await this.field(name).locator('.cm-content').fill(text);
	}

	/** "Add option" of the Options. */
	async addOption(label: string): Promise<void> {
		await this.parameters.getByTestId('collection-parameter-add').click();
		await this.pick(label);
	}

	/** Scrolls so that a field is the first to be seen. */
	async scrollTo(name: string): Promise<void> {
		await this.page.evaluate(scrollTo(name));
	}

	/**
	 * "Execute step", and waits for the end of the run. Once for each opening of the workflow: the marks of an
	 * earlier run would be taken for those of this one.
	 */
	async execute(): Promise<Output> {
		const done = this.output.element
			.getByTestId('node-run-status-success')
			.or(this.output.element.getByTestId('node-run-status-danger'));
		if (await done.isVisible()) throw new Error('This node has been run already.');
		await this.page.getByTestId('node-execute-button').click();
		await done.waitFor({ timeout: RUN_TIMEOUT_MS });
		const toast = this.page.locator('.el-notification');
		await toast.first().waitFor();
		await toast.first().locator('.el-notification__closeBtn').click();
		await toast.first().waitFor({ state: 'detached' });
		return this.output;
	}

	private async pick(text: string): Promise<void> {
		// Behind the name of an option stands its description.
		const name = new RegExp(`^\\s*${text.replace(/[()$]/g, '\\$&')}(\\s|$)`);
		const option = this.page.getByRole('option', { name }).filter({ visible: true }).first();
		await option.click();
		await option.waitFor({ state: 'hidden' });
	}

	private get parameters(): Locator {
		return this.page.getByTestId('node-parameters');
	}

	/** Entries of a collection may have a field of the same name. */
	private field(name: string): Locator {
		const ofItsOwn = this.page.locator(':not([data-test-id^="fixed-collection-"] *)');
		return this.parameters.getByTestId(`parameter-input-${name}`).and(ofItsOwn);
	}

	private async settle(): Promise<void> {
		await this.page.evaluate(STILL);
	}
}
