/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** n8n's editor in a browser, as a person uses it. Every step waits for its effect. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { OWNER } from '../api';
import { Panel } from './panel';
import { around, Part, type Clip } from './part';

const THEMES = ['light', 'dark'] as const;
const SIZE = { width: 1440, height: 900 };
/** The machine may be busy with n8n itself. */
const STEP_TIMEOUT_MS = 40_000;
/** Errors of requests that fail without internet. The demo's workflows do not need them. */
const OF_THE_NETWORK = /net::ERR_/;
/** The editor requests samples of other nodes' outputs, and n8n does not have all of them. */
const SAMPLES = /\/schemas\/n8n-nodes-base\./;
const NODE = '[data-test-id="canvas-node"][data-node-name]';

export class Editor extends Part {
	/** Errors in the browser's console. */
	readonly problems: string[] = [];
	/** What nodes wrote to the browser's console. */
	readonly messages: string[] = [];

	private constructor(
		private readonly url: string,
		page: Page,
	) {
		super(page, page.locator('body'));
		page.setDefaultTimeout(STEP_TIMEOUT_MS);
		page.on('console', (message) => {
			const text = message.text();
			const { url } = message.location();
			const isKnown = OF_THE_NETWORK.test(text) || SAMPLES.test(url);
			if (message.type() === 'error' && !isKnown) this.problems.push(`${text} ${url}`);
			if (text.startsWith('[Node: ')) this.messages.push(text);
		});
		page.on('pageerror', (error) => this.problems.push(error.message));
	}

	/** Opens a new window, logged in as the owner that `N8nApi.setupOwner` created. */
	static async open(browser: Browser, url: string): Promise<Editor> {
		const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' });
		const { email: emailOrLdapLoginId, password } = OWNER;
		const data = { emailOrLdapLoginId, password };
		const answer = await page.request.post(`${url}/rest/login`, { data });
		if (!answer.ok()) throw new Error(`The login was refused: ${await answer.text()}`);
		return new Editor(url, page);
	}

	async close(): Promise<void> {
		await this.page.close();
	}

	/** The page itself, to measure or size it. */
	get window(): Page {
		return this.page;
	}

	async openWorkflow(id: string): Promise<void> {
		// Leave the page first: the same address may already be open, with the results of a run.
		await this.page.goto('about:blank');
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.page.locator(NODE).last().waitFor();
		await this.byId('zoom-to-fit').click();
		await this.settle();
	}

	node(name: string): CanvasNode {
		return new CanvasNode(this.page, this.page.locator(`${NODE}[data-node-name="${name}"]`));
	}

	async openNode(name: string): Promise<Panel> {
		await this.node(name).open();
		return await new Panel(this.page).opened();
	}

	/** @returns names of the nodes that the node creator finds, best first */
	async searchNode(text: string): Promise<string[]> {
		if (!(await this.nodeCreator.isVisible())) {
			await this.byId('node-creator-plus-button').click();
		}
		await this.byId('node-creator-search-bar').fill(text);
		const found = this.foundNodes.getByTestId('node-creator-item-name');
		await found.first().waitFor();
		await this.settle();
		return await found.allInnerTexts();
	}

	/** Adds a node from the search, with one of its actions. */
	async addNode(name: string, action: string): Promise<Panel> {
		await this.nodeCreator.getByText(name, { exact: true }).first().click();
		await this.nodeCreator.getByText(action, { exact: true }).click();
		return await new Panel(this.page).opened();
	}

	/** Opens the empty dialog of a new credential. */
	async newCredential(typeName: string): Promise<CredentialDialog> {
		await this.page.goto(`${this.url}/home/credentials`);
		await this.byId('add-resource-credential').click();
		await this.byId('new-credential-type-select').locator('input').fill(typeName);
		await this.page.getByText(typeName, { exact: true }).last().click();
		await this.byId('new-credential-type-button').click();
		const dialog = this.page.getByTestId('credential-edit-dialog');
		await dialog.waitFor();
		return new CredentialDialog(this.page, dialog);
	}

	/** Takes a picture of a part of the window, in both themes. */
	async picture(folder: string, name: string, clip: Clip): Promise<void> {
		mkdirSync(folder, { recursive: true });
		await this.page.mouse.move(SIZE.width / 2, 2);
		for (const theme of THEMES) {
			// n8n follows the system's theme unless the user chose one.
			await this.page.emulateMedia({ colorScheme: theme });
			await this.settle();
			const path = join(folder, `${name}-${theme}.png`);
			await this.page.screenshot({ path, clip, animations: 'disabled' });
		}
		await this.page.emulateMedia({ colorScheme: 'light' });
	}

	/** The nodes on the canvas, with a margin. */
	async nodes(): Promise<Clip> {
		return await around(await this.page.locator(NODE).all(), 60);
	}

	/** The search of the node creator and its results. */
	async searchResult(): Promise<Clip> {
		const whole = await around([this.nodeCreator]);
		const found = await this.foundNodes.all();
		const { y, height } = await around([this.byId('search-bar'), ...found], 24);
		return { ...whole, height: y + height - whole.y };
	}

	private get nodeCreator(): Locator {
		return this.byId('node-creator');
	}

	/** Before a search ends, and without a search, the list also has groups of nodes. */
	private get foundNodes(): Locator {
		return this.nodeCreator.locator('[data-keyboard-nav-type="node"]');
	}

	/** Waits until everything is loaded and nothing moves. */
	protected async settle(): Promise<void> {
		await this.page.waitForLoadState('networkidle');
		await super.settle();
	}
}

/** A node on the canvas. */
class CanvasNode extends Part {
	/** Opens its panel. */
	async open(): Promise<void> {
		await this.element.dblclick();
	}

	/** The "+" after the node, which opens the node creator. */
	async clickPlus(): Promise<void> {
		await this.byId('canvas-handle-plus').click();
	}

	/** The texts below the node: name and subtitle. */
	async texts(): Promise<string[]> {
		const text = await this.element.innerText();
		return text.split('\n').map((line) => line.trim());
	}
}

/** The dialog that creates or changes a credential. */
class CredentialDialog extends Part {
	/** From its top to the last field that a user fills in. */
	async top(): Promise<Clip> {
		const whole = await around([this.page.locator('.el-dialog').filter({ has: this.element })]);
		const { y, height } = await around([this.byId('requestsPerMinute')], 16);
		return { ...whole, height: y + height - whole.y };
	}

	/** Labels of its fields, from top to bottom. */
	async labels(): Promise<string[]> {
		const texts = await this.textsOf(this.byId('credential-connection-parameter').locator('label'));
		return texts.map((text) => text.split('\n')[0].replace('*', '').trim());
	}

	async fill(field: string, value: string): Promise<void> {
		await this.type(this.byId(`parameter-input-${field}`), value);
	}

	/**
	 * "Save". n8n then tests the credential.
	 * @returns what the dialog then says
	 */
	async save(): Promise<string> {
		const tested = this.page.waitForResponse(/\/rest\/credentials\/test$/);
		await this.page.getByTestId('credential-save-button').click();
		const { data } = (await (await tested).json()) as { data: { status: 'OK' | 'Error' } };
		if (data.status === 'OK') {
			return await this.element.getByText('Connection tested successfully').innerText();
		}
		await this.element.getByText('More details', { exact: true }).click();
		return await this.element.innerText();
	}
}
