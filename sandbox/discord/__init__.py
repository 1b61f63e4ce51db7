"""Discord as the sandbox speaks it: REST v10, the gateway, a CDN; and what people do there."""
