import { randomBytes } from 'node:crypto';

import type { Account, AccountOptions, UploadReport } from './types';

/** Rounds to a millionth of a dollar, so that sums of prices stay free of binary noise. */
export const usd = (amount: number): number => Math.round(amount * 1e6) / 1e6;

export interface AccountState extends Account {
	spent: number;
	/** Prices of running jobs, not billed yet, USD. */
	reserved: number;
	uploads: UploadReport[];
}

/** All accounts by key, and their money. */
export class Accounts {
	private readonly byKey = new Map<string, AccountState>();

	constructor(private readonly defaults: { credits: number; requestsPerMinute: number }) {}

	/** Throws when the key is taken. */
	create(options: AccountOptions = {}): Account {
		const account: Account = {
			key: options.key ?? `SG_${randomBytes(8).toString('hex')}`,
			credits: options.credits ?? this.defaults.credits,
			freeCredits: options.freeCredits ?? 0,
			requestsPerMinute: options.requestsPerMinute ?? this.defaults.requestsPerMinute,
			hasBalanceRecord: options.hasBalanceRecord ?? true,
			mayUseModel: options.mayUseModel ?? true,
		};
		if (this.byKey.has(account.key)) throw new Error(`Account ${account.key} exists already`);
		this.byKey.set(account.key, { ...account, spent: 0, reserved: 0, uploads: [] });
		return account;
	}

	find(key: string | undefined): AccountState | undefined {
		return key === undefined ? undefined : this.byKey.get(key);
	}

	/** Throws for an unknown key. */
	get(key: string): AccountState {
		const account = this.byKey.get(key);
		if (!account) throw new Error(`No account with key ${key}`);
		return account;
	}

	all(): AccountState[] {
		return [...this.byKey.values()];
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
