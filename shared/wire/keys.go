package wire

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// PhoneKey names the secret that customers' document names are made with.
type PhoneKey struct {
	// Secret is a name in Secret Manager. Another key makes every customer a new one.
	Secret string `env:"PHONE_KEY_SECRET, default=phone-key"`
}

// ReferenceKey names the secret that seals what providers echo.
type ReferenceKey struct {
	// Secret is a name in Secret Manager.
	Secret string `env:"REFERENCE_KEY_SECRET, default=reference-key"`
}

// KeysConfig names the secrets that the product's own ids and references are made with.
type KeysConfig struct {
	Phone PhoneKey
	// Occurrence makes messages' ids. Another key makes every occurrence a new one.
	Occurrence string `env:"OCCURRENCE_KEY_SECRET, default=occurrence-key"`
	Reference  ReferenceKey
}

// ProofKey names the secret of the key that signs what proves consents, and the daily roots.
type ProofKey struct {
	// Secret is a name in Secret Manager. Another key makes all that was signed and published before look forged.
	Secret string `env:"PROOF_KEY_SECRET, default=proof-key"`
}

// SessionKey names the secret that the console's sessions are sealed with.
type SessionKey struct {
	// Secret is a name in Secret Manager. Another key ends all sessions.
	Secret string `env:"SESSION_KEY_SECRET, default=session-key"`
}

// OwnKeysConfig names the secrets of all the product's own keys.
type OwnKeysConfig struct {
	KeysConfig

	Proof   ProofKey
	Session SessionKey
}

// Names returns the names of the five secrets.
func (c OwnKeysConfig) Names() []string {
	return []string{c.Phone.Secret, c.Occurrence, c.Reference.Secret, c.Proof.Secret, c.Session.Secret}
}

// CallbackKeysConfig names the secrets of the keys that taking callbacks needs, and sending tests.
type CallbackKeysConfig struct {
	Phone     PhoneKey
	Reference ReferenceKey
}

// Accessor reads a secret by its name.
type Accessor interface {
	Access(ctx context.Context, name string) (config.Secret, error)
}

// PhoneKeyer returns the key of customers' document names, to be read at its first use.
func PhoneKeyer(secrets Accessor, cfg PhoneKey) *cache.Once[phone.Keyer] {
	return cache.NewOnce(func(ctx context.Context) (phone.Keyer, error) {
		return key(ctx, secrets, cfg.Secret, phone.NewKeyer)
	})
}

// Sealer returns the key that seals references and heartbeats, to be read at its first use.
func Sealer(secrets Accessor, cfg ReferenceKey) *cache.Once[message.Sealer] {
	return cache.NewOnce(func(ctx context.Context) (message.Sealer, error) {
		return key(ctx, secrets, cfg.Secret, message.NewSealer)
	})
}

// Signer returns the key that signs proofs, to be read at its first use.
func Signer(secrets Accessor, cfg ProofKey) *cache.Once[proof.Signer] {
	return cache.NewOnce(func(ctx context.Context) (proof.Signer, error) {
		return key(ctx, secrets, cfg.Secret, proof.NewSigner)
	})
}

// Keys returns the product's own keys, to be read at their first use.
func Keys(secrets Accessor, cfg KeysConfig) *cache.Once[dispatch.Keys] {
	return cache.NewOnce(func(ctx context.Context) (dispatch.Keys, error) {
		var k dispatch.Keys
		var err error
		if k.Phone, err = key(ctx, secrets, cfg.Phone.Secret, phone.NewKeyer); err != nil {
			return k, err
		}
		if k.Occurrence, err = key(ctx, secrets, cfg.Occurrence, order.NewKeyer); err != nil {
			return k, err
		}

		k.Reference, err = key(ctx, secrets, cfg.Reference.Secret, message.NewSealer)

		return k, err
	})
}

// CallbackKeys returns the keys that taking callbacks needs, to be read at their first use.
func CallbackKeys(secrets Accessor, cfg CallbackKeysConfig) *cache.Once[intake.Keys] {
	return cache.NewOnce(func(ctx context.Context) (intake.Keys, error) {
		var k intake.Keys
		var err error
		if k.Phone, err = key(ctx, secrets, cfg.Phone.Secret, phone.NewKeyer); err != nil {
			return k, err
		}

		k.Reference, err = key(ctx, secrets, cfg.Reference.Secret, message.NewSealer)

		return k, err
	})
}

// WorkspaceKeys returns the keys that the workspace needs for tests, to be read at their first use.
func WorkspaceKeys(secrets Accessor, cfg CallbackKeysConfig) *cache.Once[settings.Keys] {
	keys := CallbackKeys(secrets, cfg)

	return cache.NewOnce(func(ctx context.Context) (settings.Keys, error) {
		k, err := keys.Get(ctx)
		return settings.Keys(k), err
	})
}

// ConversationKeys returns the keys that conversations need, to be read at their first use.
func ConversationKeys(keys *cache.Once[intake.Keys]) *cache.Once[converse.Keys] {
	return cache.NewOnce(func(ctx context.Context) (converse.Keys, error) {
		k, err := keys.Get(ctx)
		return converse.Keys(k), err
	})
}

// key reads one secret and makes a key of it. A secret that is missing, may not be read or makes no key is of kind Internal:
// the product lacks something, and no caller may take that for the answer to a request. An error names the secret and not its
// value.
func key[K any](ctx context.Context, secrets Accessor, name string, parse func([]byte) (K, error)) (K, error) {
	var none K
	secret, err := secrets.Access(ctx, name)
	if err != nil {
		kind := fault.KindOf(err)
		if kind != fault.Canceled && kind.Status() < http.StatusInternalServerError {
			kind = fault.Internal
		}
		return none, fault.Wrap(kind, "secret "+name, err)
	}

	k, err := parse([]byte(secret.Reveal()))
	if err != nil {
		return none, fault.Wrap(fault.Internal, "secret "+name, err)
	}

	return k, nil
}
