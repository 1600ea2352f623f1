// Package wire builds the parts that functions work with: one function a part, called by the functions that need it. Each
// takes the part's own configuration and adds what has to be closed to the lifecycle, so that a part closes before those
// that it was built of.
//
//   - [Store], [Secrets], [Queue] and [Publisher] are clients of Google Cloud.
//   - [Client] calls providers and the order platform.
//   - [Keys], [PhoneKeyer], [Sealer] and [Signer] read the product's own keys.
//   - [Attestor] proves consents.
//   - [Settings] says how settings are cached.
//
// Nothing here connects: clients dial at their first call, so that a process starts fast.
package wire

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Store opens the project's Firestore.
func Store(ctx context.Context, f boot.Function, project config.Project) (*store.Store, error) {
	db, err := store.Open(ctx, project.ID, f.ClientOptions...)
	if err != nil {
		return nil, err
	}

	f.OnClose("store", func(context.Context) error { return db.Close() })

	return db, nil
}

// Secrets returns the reader of the project's secrets.
func Secrets(f boot.Function, project config.Project, cfg secret.Config) *secret.Store {
	s := secret.New(secret.Options{
		Config:        cfg,
		ProjectID:     project.ID,
		Clock:         f.Clock,
		ClientOptions: f.ClientOptions,
	})
	f.OnClose("secrets", func(context.Context) error { return s.Close() })

	return s
}

// Attestor returns what makes and publishes proofs of consents.
func Attestor(f boot.Function, db *store.Store, secrets Accessor, key ProofKey, cfg archive.Config) *attest.Attestor {
	return attest.New(attest.Deps{
		Store:  db,
		Bucket: archive.New(archive.Options{Config: cfg}),
		Signer: Signer(secrets, key),
		Clock:  f.Clock,
		Logger: f.Logger,
	})
}

// Client returns the client for calls to providers and to the order platform. The addresses that an operator has configured may be in
// a private network, all others must be public: see [httpx.Client].
func Client(f boot.Function, cfg httpx.ClientConfig, configured ...string) *http.Client {
	client := httpx.Client(cfg.RequestTimeout, configured...)
	if f.Transport != nil {
		client.Transport = f.Transport
	}
	return client
}
