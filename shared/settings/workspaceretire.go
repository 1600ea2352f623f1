package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Retired is what was replaced of an app's callbacks and is taken no longer.
type Retired struct {
	// Tokens are the ids of addresses of its webhook, Secrets the Secret Manager names of what its callbacks were signed with.
	Tokens, Secrets []string
}

// RetireReplaced ends at once what was replaced of an app's callbacks: the former addresses of its webhook and the secrets that they were signed
// with, which else go on for a day so that the new ones can be set by hand. It is for those that leaked. accountID is empty for an app of the
// platform's. With dry nothing is ended. A former credential is not among it: it is destroyed within an hour, and worthless once its provider has
// ended it.
func (w *Workspace) RetireReplaced(ctx context.Context, c access.Caller, accountID, appID string, dry bool) (Retired, error) {
	if err := mayChange(c, accountID); err != nil {
		return Retired{}, err
	}

	all, err := w.store.Disposals(ctx, accountID, appID)
	if err != nil {
		return Retired{}, err
	}

	var out Retired

	for _, one := range all {
		if one.Credential != "" || one.Uninstalls || one.Prunes != "" {
			continue
		}

		out.Tokens, out.Secrets = append(out.Tokens, one.Tokens...), append(out.Secrets, one.Secrets...)

		if dry {
			continue
		}
		if err = w.retire(ctx, one); err != nil {
			return Retired{}, err
		}
	}

	return out, nil
}

// retire makes a disposal now that is due later. It is due first, so that sweep goes on with one that is cut off.
func (w *Workspace) retire(ctx context.Context, one store.Disposal) error {
	one.At = w.clock.Now()
	if err := w.store.PutDisposal(ctx, one); err != nil {
		return err
	}

	_, err := NewDisposals(w.store, w.secrets, w.clock).look(ctx, one)

	return err
}

// mayChange returns an error unless the caller may change an app of the account, or of the platform if no account is named.
func mayChange(c access.Caller, accountID string) error {
	if accountID == "" {
		return c.May(access.Operate, "")
	}

	return c.May(access.Write, accountID)
}

// CheckCredential asks the provider of an installed app about what it would have in place of its secrets, as [Workspace.RotateCredential] does,
// and changes nothing. accountID is empty for an app of the platform's. Its errors are those of the rotation.
func (w *Workspace) CheckCredential(ctx context.Context, c access.Caller, accountID, appID string, in CredentialInput) (provider.CheckResult, error) {
	const op = "settings.CheckCredential"

	if err := mayChange(c, accountID); err != nil {
		return provider.CheckResult{}, err
	}

	if accountID == "" {
		p, err := w.platformApp(ctx, appID)
		if err != nil {
			return provider.CheckResult{}, err
		}
		if p.Version == 0 {
			return provider.CheckResult{}, fault.New(fault.NotFound, op, "the platform has no such app")
		}

		return w.tryCredential(ctx, op, "", p.App, in)
	}

	a, err := w.own(ctx, op, accountID, appID)
	if err != nil {
		return provider.CheckResult{}, err
	}

	return w.tryCredential(ctx, op, accountID, a.Apps[appID], in)
}
