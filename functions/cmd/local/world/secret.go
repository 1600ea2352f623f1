package world

import (
	"context"
	"crypto/rand"
	"fmt"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/secretmanager"
)

// EnsureSecrets makes the product's own keys and the secrets that names lists, each with a random value. Those that are there
// already are left as they are.
func EnsureSecrets(ctx context.Context, s *secretmanager.Server, project string, names ...string) error {
	all := append([]string{"phone-key", "occurrence-key", "reference-key", "proof-key", "session-key"}, names...)
	for _, name := range all {
		if err := ensureSecret(ctx, s, project, name); err != nil {
			return fmt.Errorf("ensure secrets: %w", err)
		}
	}

	return nil
}

func ensureSecret(ctx context.Context, s *secretmanager.Server, project, name string) error {
	latest := "projects/" + project + "/secrets/" + name + "/versions/latest"
	if _, err := s.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: latest}); err == nil {
		return nil
	}
	return s.Put(ctx, project, name, rand.Text()+rand.Text())
}

// secret returns the value of a secret of the world's, and makes it with a random value if there is none.
func (w *World) secret(ctx context.Context, name string) (string, error) {
	if err := ensureSecret(ctx, w.Cloud.Secrets(), Project, name); err != nil {
		return "", err
	}

	value, err := w.Parts.Secrets.Access(ctx, name)

	return value.Reveal(), err
}
