package world

import (
	"context"
	"crypto/rand"
	"fmt"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/secretmanager"
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
			return fmt.Errorf("secret %s: %w", name, err)
		}
	}
	return nil
}

func ensureSecret(ctx context.Context, s *secretmanager.Server, project, name, value string) error {
	full := "projects/" + project + "/secrets/" + name
	_, err := s.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
		Parent: "projects/" + project, SecretId: name,
		Secret: &secretmanagerpb.Secret{Replication: &secretmanagerpb.Replication{
			Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}},
		}},
	})
	if err != nil && status.Code(err) != codes.AlreadyExists {
		return err
	}
	if _, err = s.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: full + "/versions/latest"}); err == nil {
		return nil
	}
	_, err = s.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
		Parent: full, Payload: &secretmanagerpb.SecretPayload{Data: []byte(value)},
	})
	return err
}
