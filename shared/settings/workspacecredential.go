package settings

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// appSecret is what the names of secrets begin with that are an app's alone. Others were made by hand, and may be several apps'.
const appSecret = "app-"

// signingSecret is what the name of a secret ends with by which an app's callbacks are signed. Its latest version counts.
const signingSecret = "-signing"

// NamedByVersion reports whether a secret, given by its name, is a credential of which an app names a version: one that was connected over
// workspace.
func NamedByVersion(secret string) bool {
	return strings.HasPrefix(secret, appSecret) && !strings.HasSuffix(secret, signingSecret)
}

// ofVersion stands between the name of a secret and the version of it that an app names.
const ofVersion = "/versions/"

// secretOfName returns the name of a secret without the version that an app names, which is empty if it names none.
func secretOfName(name string) (secret, version string) {
	secret, version, _ = strings.Cut(name, ofVersion)
	return secret, version
}

// RotateCredential gives an app of the brand's own another credential, or another secret of its callbacks, or both. Of a credential only the
// last characters can be read from then on. The account must be as seen. What is new is tried at the provider first, and nothing is changed
// unless it works; an app that was held is released then.
//
// The app names the version of its secret, so that the credential changes with the account and not before: whatever ends this on the way
// leaves the app with the former one. An instance has the new one with the account, within 30 seconds, or as soon as the provider refuses
// the former one, so that the brand can end that at its provider when this has succeeded, and no send fails. It is destroyed here an hour
// later.
func (w *Workspace) RotateCredential(ctx context.Context, c access.Caller, accountID, appID string, in CredentialInput, seen Seen) (Verified, error) {
	const op = "settings.RotateCredential"

	if err := c.May(access.Write, accountID); err != nil {
		return Verified{}, err
	}

	a, err := w.own(ctx, op, accountID, appID)
	if err != nil {
		return Verified{}, err
	}
	if err = seen.check(a); err != nil {
		return Verified{}, err
	}

	installed, _ := a.App(appID)

	said, err := w.tryCredential(ctx, op, accountID, installed, in)
	if err != nil {
		return Verified{}, err
	}

	now := w.clock.Now()

	set, err := w.replaceSecrets(ctx, accountID, installed, in)
	if err != nil {
		return Verified{}, err
	}

	_, err = w.changeApp(ctx, c, appChange{
		accountID: accountID,
		appID:     appID,
		seen:      seen,
		action:    "app.credential",
		change:    func(app *account.App) { set.in(app, now) },
	})
	if err != nil {
		w.dropSecrets(ctx, accountID, appID, set, err)
		return Verified{}, err
	}

	// Should this fail, the next check of the app makes up for it.
	if err = w.noteCheck(ctx, accountID, appID, said, now); err != nil {
		return Verified{}, err
	}

	d, err := w.App(ctx, c, accountID, appID)

	return Verified{AppDetail: d, Check: said}, err
}

// tryCredential asks the provider of an installed app about what it is to have in place of its secrets, beside those that stay. accountID is
// empty for an app of the platform's.
func (w *Workspace) tryCredential(
	ctx context.Context, op, accountID string, installed account.App, in CredentialInput,
) (provider.CheckResult, error) {
	known, _ := w.providers.Get(installed.Provider)

	p, ok := known.(connectable)
	if !ok {
		return provider.CheckResult{}, fault.New(fault.Internal, op, "the app's provider is not known")
	}
	if err := in.check(p.Form()); err != nil {
		return provider.CheckResult{}, err
	}

	conn := connection{App: AppOf(installed), Provider: p}
	conn.App.Secret = in.Credential

	var err error

	if in.Credential.IsZero() {
		if conn, err = w.connectApp(ctx, op, installed); err != nil {
			return provider.CheckResult{}, err
		}
	}

	if in.Signing.IsZero() {
		conn.App.Signing, err = w.signingOf(ctx, p, accountID, installed.ID)
	} else {
		conn.App.Signing = []config.Secret{in.Signing}
	}
	if err != nil {
		return provider.CheckResult{}, err
	}

	return w.tried(ctx, op, p, conn.App)
}

// replacement is what was written in place of an app's secrets.
type replacement struct {
	// credential is the Secret Manager name of the credential's version, and last4 its last characters; empty if it stays.
	credential, last4 string
	// signing is the Secret Manager name of the secret of callbacks; empty if it stays.
	signing string
}

// in sets what was replaced in an app.
func (r replacement) in(app *account.App, now time.Time) {
	if r.credential != "" {
		app.Secret, app.Last4, app.CredentialAt = r.credential, r.last4, now
	}
	if r.signing != "" {
		app.SigningAt = now
	}
}

// replaceSecrets writes what an app is to have in place of its secrets. After an error it has what it had.
func (w *Workspace) replaceSecrets(ctx context.Context, accountID string, app account.App, in CredentialInput) (replacement, error) {
	var (
		set = replacement{last4: last4(in.Credential)}
		err error
	)

	if set.signing, err = w.sign(ctx, accountID, app.ID, in.Signing); err != nil {
		return replacement{}, err
	}

	if !in.Credential.IsZero() {
		set.credential, err = w.writeCredential(ctx, accountID, app, in.Credential)
	}
	if err != nil {
		w.dropSigning(ctx, accountID, app.ID, set.signing, errDropped)
		return replacement{}, err
	}

	return set, nil
}

// errDropped is why a secret of callbacks is taken back of which it is certain that the app is not saved with it.
var errDropped = fault.New(fault.Conflict, "settings.replaceSecrets", "the credential cannot be written")

// dropSecrets takes back what was written for an app whose settings could not be saved with it.
func (w *Workspace) dropSecrets(ctx context.Context, accountID, appID string, set replacement, cause error) {
	w.dropSigning(ctx, accountID, appID, set.signing, cause)

	if set.credential != "" {
		w.dropCredential(ctx, accountID, appID, set.credential, cause)
	}
}

// writeCredential writes another credential of an app, and returns the name of its version, which the app is to have. An app that names no
// version gets a secret of its own: whoever reads the latest version of the one that it has must not get the credential before the app
// has it. accountID is empty for an app of the platform's.
//
// What is destroyed later is noted first, so that whatever is cut off leaves nothing for longer than an hour: the credential that is
// replaced, or the new one if the app does not get it.
func (w *Workspace) writeCredential(ctx context.Context, accountID string, app account.App, credential config.Secret) (written string, err error) {
	name, version := secretOfName(app.Secret)
	ours := strings.HasPrefix(name, appSecret)

	due := store.Disposal{AccountID: accountID, AppID: app.ID, At: w.clock.Now().Add(unneeded)}
	if ours && version != "" {
		due.ID, due.Prunes = secretName(app.ID), name
		if err = w.store.PutDisposal(ctx, due); err != nil {
			return "", err
		}

		return w.addVersion(ctx, name, credential)
	}

	fresh := secretName(app.ID)
	doomed := []string{fresh}
	if ours {
		doomed = []string{name, fresh}
	}

	for _, one := range doomed {
		due.ID, due.Credential, due.Secrets = one, one, []string{one}
		if err = w.store.PutDisposal(ctx, due); err != nil {
			return "", err
		}
	}

	return w.addVersion(ctx, fresh, credential)
}

// addVersion writes a version of a secret, and returns its name.
func (w *Workspace) addVersion(ctx context.Context, secret string, value config.Secret) (string, error) {
	version, err := w.secrets.Add(ctx, secret, value)
	return secret + ofVersion + version, err
}

// dropCredential destroys a credential that was written for an app whose settings could not be saved with it. It stays for an hour where
// nobody knows whether they were.
func (w *Workspace) dropCredential(ctx context.Context, accountID, appID, written string, cause error) {
	if unsure(cause) {
		return
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout)
	defer cancel()

	app, _, err := appIn(ctx, w.store, accountID, appID)
	if err == nil && app.Secret != written {
		_ = w.secrets.Remove(ctx, written) // else its disposal does
	}
}

// unsure reports whether an error of saving leaves it open whether it was saved.
func unsure(err error) bool {
	return fault.KindOf(err).Status() >= http.StatusInternalServerError || fault.Is(err, fault.Canceled)
}
