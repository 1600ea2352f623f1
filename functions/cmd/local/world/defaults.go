package world

// LocalDefaults are what a local run sets for the functions, unless the environment does: a provider that hangs is left
// after a few seconds of the machine's time, and warnings only are logged. How long a callback is waited for is as deployed: a shorter
// time would have the faults of the lab make two messages of one that is one in production.
func LocalDefaults() map[string]string {
	return map[string]string{
		"LEASE":            "15s",
		"PROVIDER_TIMEOUT": "8s",
		"REQUEST_TIMEOUT":  "10s",
		"LOG_LEVEL":        "WARN",
	}
}
