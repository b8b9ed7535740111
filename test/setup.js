// n8n-core's logger writes to the console unless told otherwise.
process.env.N8N_LOG_LEVEL ??= 'silent';
