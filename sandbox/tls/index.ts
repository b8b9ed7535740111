/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The gateway over TLS, and the way to the TCP connection below a tunnel. */
import { readFileSync } from 'node:fs';
import type { Server, ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/** Path of the certificate, self-signed for localhost and its addresses; a client that is to trust it needs this file. */
export const TLS_CERTIFICATE = join(__dirname, 'certificate.pem');

export const tlsOptions = (): ServerOptions => ({
	cert: readFileSync(TLS_CERTIFICATE),
	key: readFileSync(join(__dirname, 'key.pem')),
});

const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

const connections = new WeakMap<Socket, Socket>();

/** Remembers the TCP connection below each tunnel of a server. */
export function watchTunnels(server: Server): void {
	const open = new Map<string, Socket>();
	server.on('connection', (connection: Socket) => {
		const name = peer(connection);
		open.set(name, connection);
		connection.once('close', () => open.delete(name));
	});
	server.on('secureConnection', (tunnel) => {
		const connection = open.get(peer(tunnel));
		if (connection) connections.set(tunnel, connection);
	});
}

/** The TCP connection below a tunnel, or the socket itself where there is no tunnel. */
export const beneath = (socket: Socket): Socket => connections.get(socket) ?? socket;
