package cloud_test

import (
	"context"
	"errors"
	"testing"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// TestCloud_prepares_before_anybody_calls has a caller come as soon as the address is taken: the call waits, and finds what
// was prepared.
func TestCloud_prepares_before_anybody_calls(t *testing.T) {
	t.Parallel()
	const name = "projects/demo-local/secrets/early"
	found := make(chan error, 1)
	c := start(t, cloud.Options{Listen: "127.0.0.1:0", Prepare: func(ctx context.Context, c *cloud.Cloud) error {
		client, err := secretmanager.NewClient(t.Context(), cloud.RemoteOptions(c.Addr())...)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = client.Close() })
		asked := make(chan struct{})
		go func() {
			close(asked)
			_, asking := client.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: name})
			found <- asking
		}()
		<-asked
		_, err = c.Secrets().CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
			Parent: "projects/demo-local", SecretId: "early",
			Secret: &secretmanagerpb.Secret{Replication: &secretmanagerpb.Replication{
				Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}},
			}},
		})
		select {
		case early := <-found:
			return errors.Join(err, errors.New("answered before it was prepared"), early)
		default:
			return err
		}
	}})
	if err := <-found; err != nil {
		t.Errorf("at %s: %v", c.Addr(), err)
	}
}

// TestCloud_that_cannot_be_prepared leaves its address and its directory to the next.
func TestCloud_that_cannot_be_prepared(t *testing.T) {
	t.Parallel()
	dir, wrong := t.TempDir(), errors.New("wrong")
	addr := ""
	_, err := cloud.Start(t.Context(), cloud.Options{Path: dir, Listen: "127.0.0.1:0", Prepare: func(_ context.Context, c *cloud.Cloud) error {
		addr = c.Addr()
		return wrong
	}})
	if !errors.Is(err, wrong) {
		t.Fatalf("got %v, want the error of preparing", err)
	}
	start(t, cloud.Options{Path: dir, Listen: addr})
}
