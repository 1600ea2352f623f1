package world

import (
	"context"
	"crypto/rand"
	"fmt"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/secretmanager"
)

// Names of the demo's secrets.
const (
	neemKey       = "gupshup-neem-api-key"
	platformKey   = "gupshup-platform-api-key"
	neemToken     = "webhook-token-neem"
	platformToken = "webhook-token-platform"

	marigoldKey    = "meta-marigold-token"
	marigoldSecret = "meta-marigold-app-secret"
	marigoldToken  = "webhook-token-marigold"
	jasmineKey     = "kaleyra-jasmine-api-key"
	jasmineSecret  = "kaleyra-jasmine-callback-secret"
	jasmineToken   = "webhook-token-jasmine"
	aniseKey       = "businessonbot-anise-guest-key"
	// aniseGuest is what BusinessOnBot calls our brandapi with.
	aniseGuest = "brandapi-anise-guest-key"
)

// EnsureSecrets makes the secrets that are missing: our own keys, and the demo's credentials and webhook tokens, all random.
func EnsureSecrets(ctx context.Context, s *secretmanager.Server, project string) error {
	for _, name := range []string{
		"phone-key", "occurrence-key", "reference-key", neemKey, platformKey, neemToken, platformToken,
		marigoldKey, marigoldSecret, marigoldToken, jasmineKey, jasmineSecret, jasmineToken, aniseKey, aniseGuest,
	} {
		if err := ensureSecret(ctx, s, project, name, rand.Text()+rand.Text()); err != nil {
			return fmt.Errorf("ensure secrets: %w", err)
		}
	}
	return nil
}

func ensureSecret(ctx context.Context, s *secretmanager.Server, project, name, value string) error {
	latest := "projects/" + project + "/secrets/" + name + "/versions/latest"
	if _, err := s.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: latest}); err == nil {
		return nil
	}
	return s.Put(ctx, project, name, value)
}
