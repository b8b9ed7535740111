/** n8n's editor in a browser, as a person uses it. Every step waits for what it brings about. */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { OWNER } from '../api';
import { playTo, scrollTo, setTheme, STILL } from './inPage';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const SIZE = { width: 1440, height: 900 };
const RUN_TIMEOUT_MS = 120_000;

export class Editor {
	/** What the browser's console showed as errors. */
	readonly problems: string[] = [];

	private constructor(
		private readonly url: string,
		private readonly context: BrowserContext,
		private readonly page: Page,
	) {
		page.on('console', (message) => {
			if (message.type() === 'error') this.problems.push(`${page.url()}: ${message.text()}`);
		});
		page.on('pageerror', (error) => this.problems.push(`${page.url()}: ${error.message}`));
	}

	/** Opens a window of its own, logged in as the owner that the demo set up. */
	static async open(browser: Browser, url: string, theme: Theme): Promise<Editor> {
		const context = await browser.newContext({
			viewport: SIZE,
			deviceScaleFactor: 1,
			colorScheme: theme,
			reducedMotion: 'reduce',
		});
		await context.addInitScript({ content: setTheme(theme) });
		const { email, password } = OWNER;
		const answer = await context.request.post(`${url}/rest/login`, {
			data: { emailOrLdapLoginId: email, password },
		});
		if (!answer.ok()) throw new Error(`The login was refused: ${await answer.text()}`);
		return new Editor(url, context, await context.newPage());
	}

	async close(): Promise<void> {
		await this.context.close();
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.page.locator('[data-test-id="canvas-node"][data-node-name]').last().waitFor();
		await this.byId('zoom-to-fit').click();
	}

	/** Runs the open workflow with the editor's button, until all its nodes are done. */
	async execute(nodes: number): Promise<void> {
		await this.byId('execute-workflow-button').click();
		const done = this.byId('canvas-node-status-mark-success');
		await done.nth(nodes - 1).waitFor({ timeout: RUN_TIMEOUT_MS });
		// It goes by itself, after some seconds.
		const toast = this.page.locator('.el-notification').first();
		await toast.waitFor();
		await toast.waitFor({ state: 'detached' });
	}

	async openNode(name: string): Promise<void> {
		await this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`).dblclick();
		await this.byId('node-parameters').waitFor();
		await this.settle();
	}

	/** Chooses how the output panel shows the items. */
	async showOutputAs(mode: 'JSON' | 'Binary'): Promise<void> {
		const panel = this.byId('output-panel');
		await this.showAs(panel, mode);
		if (mode === 'JSON') await panel.getByText('requestId').waitFor();
	}

	async showInputAs(mode: 'JSON' | 'Binary'): Promise<void> {
		await this.showAs(this.byId('ndv-input-panel'), mode);
	}

	/** "View" of the picture that comes in. */
	async viewInputImage(): Promise<void> {
		const panel = this.byId('ndv-input-panel');
		await this.showInputAs('Binary');
		await panel.getByTestId('ndv-view-binary-data').click();
		await panel.locator('img[class*="image"], embed, img').last().waitFor();
	}

	/** "View" of a binary file in the output, and a moment of the film. */
	async viewVideo(second: number): Promise<void> {
		await this.byId('output-panel').getByTestId('ndv-view-binary-data').click();
		await this.page.locator('video').waitFor();
		await this.page.evaluate(playTo(second));
	}

	/** Opens the list of credentials and in it one credential; n8n tests it at once. */
	async openCredential(id: string): Promise<void> {
		await this.page.goto(`${this.url}/home/credentials/${id}`);
		await this.byId('credential-edit-dialog').waitFor();
		const dialog = this.byId('credential-edit-dialog');
		const refused = dialog.getByText('More details', { exact: true });
		await dialog
			.locator('[data-test-id="credentials-config-container-test-success"]:visible')
			.or(refused)
			.first()
			.waitFor();
		if (await refused.isVisible()) await refused.click();
	}

	/** The dialog of a new credential, as it is before anything is filled in. */
	async newCredential(typeName: string): Promise<void> {
		await this.page.goto(`${this.url}/home/credentials`);
		await this.byId('add-resource-credential').click();
		await this.byId('new-credential-type-select').locator('input').fill(typeName);
		await this.page.getByText(typeName, { exact: true }).last().click();
		await this.byId('new-credential-type-button').click();
		await this.byId('credential-edit-dialog').waitFor();
	}

	/**
	 * Looks for a node in the node creator.
	 * @throws when a node with this name is not found
	 */
	async searchNode(text: string, expected: string): Promise<void> {
		if (!(await this.byId('node-creator').isVisible())) {
			await this.byId('node-creator-plus-button').click();
		}
		await this.byId('node-creator-search-bar').fill(text);
		const found = this.byId('node-creator').getByText(expected, { exact: true });
		await found.first().waitFor();
	}

	/** Scrolls the panel so that a parameter is the first to be seen. */
	async scrollTo(parameter: string): Promise<void> {
		await this.page.evaluate(scrollTo(parameter));
	}

	/** Adds a credential as the editor's API does. */
	async addCredential(name: string, type: string, data: object): Promise<string> {
		const answer = await this.context.request.post(`${this.url}/rest/credentials`, {
			data: { name, type, data },
		});
		if (!answer.ok()) throw new Error(`The credential was refused: ${await answer.text()}`);
		return ((await answer.json()) as { data: { id: string } }).data.id;
	}

	/** Saves the window, or a part of it, as a picture. */
	async picture(file: string, part?: Locator): Promise<void> {
		await this.settle();
		await this.page.mouse.move(SIZE.width / 2, 2);
		await (part ?? this.page).screenshot({ path: file, animations: 'disabled' });
	}

	get window(): Page {
		return this.page;
	}

	private async showAs(panel: Locator, mode: string): Promise<void> {
		await panel.getByText(mode, { exact: true }).click();
	}

	private byId(id: string): Locator {
		return this.page.getByTestId(id);
	}

	/** Waits until fonts and images are there and nothing moves any more. */
	private async settle(): Promise<void> {
		await this.page.waitForLoadState('networkidle');
		await this.page.evaluate(STILL);
	}
}
