import { randomBytes } from 'node:crypto';

import { Value } from '@sinclair/typebox/value';

import { ACCOUNT, type Account, type AccountOptions, type UploadReport } from './tables';

/** Rounds to a millionth of a dollar, so that sums of prices stay free of binary noise. */
export const usd = (amount: number): number => Math.round(amount * 1e6) / 1e6;

export interface AccountState extends Account {
	spent: number;
	/** Prices of running jobs, not billed yet, USD. */
	reserved: number;
	uploads: UploadReport[];
}

/** All accounts by key, and their money. */
export class Accounts extends Map<string | undefined, AccountState> {
	/** What an account has unless told otherwise. */
	constructor(
		private readonly credits: number,
		private readonly requestsPerMinute: number,
	) {
		super();
	}

	/** Throws when the key is taken. */
	create(options: AccountOptions = {}): Account {
		const { key = `SG_${randomBytes(8).toString('hex')}`, freeCredits, ...rest } = options;
		const { credits = this.credits, requestsPerMinute = this.requestsPerMinute, ...may } = rest;
		if (this.has(key)) throw new Error(`Account ${key} exists already`);
		const given = { key, credits, freeCredits, requestsPerMinute, ...may };
		const account = Value.Default(ACCOUNT, given) as Account;
		this.set(key, { ...account, spent: 0, reserved: 0, uploads: [] });
		return account;
	}

	/** Throws for an unknown key. */
	known(key: string): AccountState {
		const account = this.get(key);
		if (!account) throw new Error(`No account with key ${key}`);
		return account;
	}
}

/** USD left to the account, running jobs not deducted. */
export const balance = (account: AccountState): number =>
	usd(account.credits + account.freeCredits);

/** USD the account may still commit to. */
export const available = (account: AccountState): number =>
	usd(balance(account) - account.reserved);

/** Takes the price of a finished job, promotional credits first. */
export function charge(account: AccountState, price: number): void {
	const free = Math.min(account.freeCredits, price);
	account.freeCredits = usd(account.freeCredits - free);
	account.credits = usd(account.credits - (price - free));
	account.spent = usd(account.spent + price);
}
