package world

// LocalDefaults are what a local run sets for the functions, unless the environment does: times that let a person see a doubt
// settled, and warnings only.
func LocalDefaults() map[string]string {
	return map[string]string{
		"GRACE":            "45s",
		"QUIET_GRACE":      "1m",
		"LEASE":            "15s",
		"PROVIDER_TIMEOUT": "8s",
		"REQUEST_TIMEOUT":  "10s",
		"LOG_LEVEL":        "WARN",
	}
}
