import type { Locator, Page } from 'playwright-core';
import { around, type Clip } from './clip';

/** The dialog in which a credential is made or changed. */
export class CredentialDialog {
	constructor(private readonly page: Page) {}

	get element(): Locator {
		return this.page.getByTestId('credential-edit-dialog');
	}

	/** From its top to the last field that a user fills in. */
	async top(): Promise<Clip> {
		const whole = await around([this.element]);
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
		await this.element.getByTestId('credential-save-button').click();
		await tested;
		const refused = this.element.getByText('More details', { exact: true });
		const accepted = this.element.getByText('Connection tested successfully');
		await refused.or(accepted).filter({ visible: true }).first().waitFor();
		if (!(await refused.isVisible())) return await accepted.innerText();
		await refused.click();
		return await this.element.innerText();
	}
}
