/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** n8n's editor in a browser, as a person uses it. Every step waits for what it brings about. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { OWNER } from '../api';
import { CredentialDialog } from './credentialDialog';
import { CanvasNode } from './canvasNode';
import { around, column, type Clip } from './clip';
import { STILL } from './inPage';
import { Panel } from './panel';

export const THEMES = ['light', 'dark'] as const;

const SIZE = { width: 1440, height: 900 };
/** The machine may be busy with n8n itself. */
const STEP_TIMEOUT_MS = 40_000;
/** What the demo's workflows do not need and a machine without internet cannot reach. */
const OF_THE_NETWORK = /net::ERR_/;
/** The editor asks for samples of other nodes' outputs, and n8n does not have one of each. */
const SAMPLES = /\/schemas\/n8n-nodes-base\./;

export class Editor {
	/** Errors in the browser's console. */
	readonly problems: string[] = [];
	/** What nodes wrote to the browser's console. */
	readonly messages: string[] = [];

	private constructor(
		private readonly url: string,
		private readonly context: BrowserContext,
		private readonly page: Page,
	) {
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

	/** Opens a window of its own, logged in as the owner that `N8nApi.setupOwner` created. */
	static async open(browser: Browser, url: string): Promise<Editor> {
		const context = await browser.newContext({ viewport: SIZE, reducedMotion: 'reduce' });
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

	/** The page itself, for who measures or sizes it. */
	get window(): Page {
		return this.page;
	}

	async openWorkflow(id: string): Promise<void> {
		// Away first: the address may be the one that is open already, with what a run left there.
		await this.page.goto('about:blank');
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.page.locator('[data-test-id="canvas-node"][data-node-name]').last().waitFor();
		await this.byId('zoom-to-fit').click();
		await this.settle();
	}

	node(name: string): CanvasNode {
		return new CanvasNode(this.page, name);
	}

	async openNode(name: string): Promise<Panel> {
		await this.node(name).open();
		return await this.openPanel();
	}

	/** @returns names of the nodes that the node creator finds, the best first */
	async searchNode(text: string): Promise<string[]> {
		if (!(await this.nodeCreator.isVisible())) {
			await this.byId('node-creator-plus-button').click();
		}
		await this.byId('node-creator-search-bar').fill(text);
		// Before the search is done, and without a search, there are groups of nodes.
		const nodes = this.nodeCreator.locator('[data-keyboard-nav-type="node"]');
		const found = nodes.getByTestId('node-creator-item-name');
		await found.first().waitFor();
		await this.settle();
		return await found.allInnerTexts();
	}

	/** Adds a node that the search found, with one of the actions that n8n offers for it. */
	async addNode(name: string, action: string): Promise<Panel> {
		await this.nodeCreator.getByText(name, { exact: true }).first().click();
		await this.nodeCreator.getByText(action, { exact: true }).click();
		return await this.openPanel();
	}

	/** The dialog of a new credential, as it is before anything is filled in. */
	async newCredential(typeName: string): Promise<CredentialDialog> {
		await this.page.goto(`${this.url}/home/credentials`);
		await this.byId('add-resource-credential').click();
		await this.byId('new-credential-type-select').locator('input').fill(typeName);
		await this.page.getByText(typeName, { exact: true }).last().click();
		await this.byId('new-credential-type-button').click();
		const dialog = new CredentialDialog(this.page);
		await dialog.opened();
		return dialog;
	}

	/** Takes a picture of a part of the window, in both themes. */
	async picture(folder: string, name: string, clip: Clip): Promise<void> {
		mkdirSync(folder, { recursive: true });
		await this.page.mouse.move(SIZE.width / 2, 2);
		for (const theme of THEMES) {
			// n8n follows the system's theme unless someone chose one.
			await this.page.emulateMedia({ colorScheme: theme });
			await this.settle();
			const path = join(folder, `${name}-${theme}.png`);
			await this.page.screenshot({ path, clip, animations: 'disabled' });
		}
		await this.page.emulateMedia({ colorScheme: 'light' });
	}

	/** The nodes on the canvas and a little of what is around them. */
	async nodes(): Promise<Clip> {
		const nodes = this.page.locator('[data-test-id="canvas-node"][data-node-name]');
		return await around(await nodes.all(), 60);
	}

	/** The search of the node creator and what it found. */
	async searchResult(): Promise<Clip> {
		const whole = await around([this.nodeCreator]);
		const found = this.nodeCreator.locator('[data-keyboard-nav-type="node"]');
		const { y, height } = await around([this.byId('search-bar'), ...(await found.all())], 24);
		return column(whole, { ...whole, height: y + height - whole.y });
	}

	private get nodeCreator(): Locator {
		return this.byId('node-creator');
	}

	private async openPanel(): Promise<Panel> {
		const panel = new Panel(this.page);
		await panel.opened();
		return panel;
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
