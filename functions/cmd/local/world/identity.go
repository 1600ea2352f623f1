package world

import "github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"

// Who pushes and calls sweep, and what their tokens are for.
const (
	PushAccount  = "push@local.test"
	PushAudience = "https://push.local.test"
)

// userAudience is what the tokens of people are for, which /local/token makes.
const userAudience = "https://workspace.local.test"

// UserEnvironment returns the configuration of functions that take the tokens of a local cloud which serves its key at keysURL.
func UserEnvironment(keysURL string) map[string]string {
	return map[string]string{
		"USER_AUDIENCE": userAudience,
		"USER_ISSUER":   idtoken.Issuer,
		"USER_KEYS_URL": keysURL,
	}
}

// PushEnvironment returns the configuration of functions that take the pushes of a local cloud which serves its key at keysURL.
func PushEnvironment(keysURL string) map[string]string {
	return map[string]string{
		"PUSH_AUDIENCE":        PushAudience,
		"PUSH_ISSUER":          idtoken.Issuer,
		"PUSH_KEYS_URL":        keysURL,
		"PUSH_SERVICE_ACCOUNT": PushAccount,
	}
}

// proofBucket is where the daily roots of consents are published.
const proofBucket = "proof"

// StorageEnvironment returns the configuration of functions that use the Cloud Storage of a local cloud which serves it at url.
func StorageEnvironment(url string) map[string]string {
	return map[string]string{
		"PROOF_BUCKET":          proofBucket,
		"STORAGE_EMULATOR_HOST": url,
	}
}
