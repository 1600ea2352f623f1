package settings

import (
	"context"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// CredentialInput is what an app is given in place of what it has. What is left out stays; one of the two is needed.
type CredentialInput struct {
	Credential config.Secret
	// Signing is the secret that the provider signs callbacks with, or sends with each, where there is one. One that we made can be replaced too.
	Signing config.Secret
}

// check returns an error for the first secret that cannot be one.
func (in CredentialInput) check(form provider.Form) error {
	if !isCredential(in.Credential) && (in.Signing.IsZero() || !in.Credential.IsZero()) {
		return errCredential(form)
	}
	if in.Signing.IsZero() {
		return nil
	}

	if form.Signing == provider.SignedByUs && isCredential(in.Signing) {
		return nil
	}

	return checkSigning(form, in.Signing)
}

// signingOf reads the secrets that the callbacks of an app are signed with, the present one first. It returns none for a provider that does not
// sign.
func (w *Workspace) signingOf(ctx context.Context, p provider.Provider, accountID, appID string) ([]config.Secret, error) {
	c, ok := p.(connectable)
	if !ok || c.Form().Signing == provider.NotSigned {
		return nil, nil
	}

	hooks, err := w.webhooksOf(ctx, accountID, appID)
	if err != nil {
		return nil, err
	}

	return w.secretsOf(ctx, hooks.present)
}

// secretsOf reads secrets, without those that are gone.
func (w *Workspace) secretsOf(ctx context.Context, names []string) ([]config.Secret, error) {
	var secrets []config.Secret

	for _, name := range names {
		secret, err := w.secretOf(ctx, name)
		if err != nil {
			return nil, err
		}

		if !secret.IsZero() {
			secrets = append(secrets, secret)
		}
	}

	return secrets, nil
}

// sign has the callbacks of an app be signed with another secret, and returns its Secret Manager name. The former ones are taken beside it for a
// day, then they are destroyed. Without a secret it does nothing. accountID is empty for an app of the platform's.
//
// What is destroyed is noted first, so that whatever is cut off leaves either the former secrets or the other one.
func (w *Workspace) sign(ctx context.Context, accountID, appID string, secret config.Secret) (name string, err error) {
	const op = "settings.sign"

	if secret.IsZero() {
		return "", nil
	}

	hooks, err := w.webhooksOf(ctx, accountID, appID)
	if err != nil {
		return "", err
	}
	if len(hooks.tokens) == 0 {
		return "", fault.New(fault.Conflict, op, "the app has no webhook; give it an address first")
	}

	name = secretName(appID) + signingSecret

	if err = w.store.PutDisposal(ctx, store.Disposal{
		ID:        name,
		AccountID: accountID,
		AppID:     appID,
		Secrets:   hooks.signing,
		Signs:     name,
		At:        w.clock.Now().Add(replaced),
	}); err != nil {
		return "", err
	}
	if _, err = w.secrets.Add(ctx, name, secret); err != nil {
		return "", err
	}

	err = w.store.ChangeSigning(ctx, accountID, appID, func(names []string) []string { return slices.Insert(names, 0, name) })
	if store.IsConflict(err) {
		err = fault.Wrap(fault.Unavailable, op, err)
	}

	return name, err
}

// dropSigning takes back a secret of callbacks whose app could not be saved with it. It stays where nobody knows whether it was: the provider has
// proved it, and the former ones are taken for a day more.
func (w *Workspace) dropSigning(ctx context.Context, accountID, appID, name string, cause error) {
	if name == "" || unsure(cause) {
		return
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout)
	defer cancel()

	err := w.store.ChangeSigning(ctx, accountID, appID, func(names []string) []string { return without(names, []string{name}) })
	if err == nil {
		err = w.secrets.Remove(ctx, name)
	}
	if err == nil {
		_ = w.store.EndDisposal(ctx, name) // else it finds nothing
	}
}
