import type { Locator, Page } from 'playwright-core';
import { around, type Clip } from './clip';

/** The dialog in which a credential is made or changed. */
export class CredentialDialog {
	constructor(private readonly page: Page) {}

	async opened(): Promise<void> {
		await this.element.waitFor();
	}

	/** From its top to the last field that a user fills in. */
	async top(): Promise<Clip> {
		const dialog = this.page.locator('.el-dialog').filter({ has: this.element });
		const whole = await around([dialog]);
		const { y, height } = await around([this.element.getByTestId('requestsPerMinute')], 16);
		return { ...whole, height: y + height - whole.y };
	}

	/** Labels of its fields, from top to bottom. */
	async labels(): Promise<string[]> {
		const labels = this.element.locator('[data-test-id="credential-connection-parameter"] label');
		return (await labels.allInnerTexts()).map((text) =>
			text.split('\n')[0].replace('*', '').trim(),
		);
	}

	async fill(field: string, value: string): Promise<void> {
		await this.element.getByTestId(`parameter-input-${field}`).locator('input').fill(value);
	}

	/**
	 * "Save", upon which n8n tests the credential.
	 * @returns what the dialog then says about it
	 */
	async save(): Promise<string> {
		const tested = this.page.waitForResponse((response) =>
			response.url().endsWith('/rest/credentials/test'),
		);
		await this.page.getByTestId('credential-save-button').click();
		const { data } = (await (await tested).json()) as { data: { status: 'OK' | 'Error' } };
		if (data.status === 'OK') {
			const accepted = this.element.getByText('Connection tested successfully');
			await accepted.waitFor();
			return await accepted.innerText();
		}
		await this.element.getByText('More details', { exact: true }).click();
		return await this.element.innerText();
	}

	private get element(): Locator {
		return this.page.getByTestId('credential-edit-dialog');
	}
}
