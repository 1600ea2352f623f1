package settings

import (
	"context"
	"maps"
	"reflect"
	"regexp"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// PlatformAppInput is what the platform sets of an app of its own.
type PlatformAppInput struct {
	Name string
	// ConnectionInput is as for a brand's app. Of an app that is there the credential and the signing secret may be left out: they stay.
	ConnectionInput
	// Templates are what brands' events are told by.
	Templates map[order.Kind]account.Content
	// Unexpected is what shoppers are answered by default.
	Unexpected account.UnexpectedReplies
}

// PlatformAppSaved is an app of the platform's that was just put.
type PlatformAppSaved struct {
	account.PlatformApp
	Created bool
	Check   provider.CheckResult
	// Webhook is there if the app has a new address; its Steps say what is left to be done with it.
	Webhook *Webhook
	Steps   []string
	// Findings are warnings about the templates, and about events of accounts that lose theirs.
	Findings []EventFinding
}

// PlatformApps lists the platform's own apps. Every caller may see them, and only the platform what is shown of their credentials.
func (w *Workspace) PlatformApps(ctx context.Context, c access.Caller) ([]account.PlatformApp, error) {
	if err := c.MaySomewhere(access.Read); err != nil {
		return nil, err
	}

	all, err := w.store.PlatformApps(ctx)
	for i := range all {
		all[i] = shownTo(c, all[i])
	}

	return all, err
}

// PlatformApp returns one of the platform's own apps.
func (w *Workspace) PlatformApp(ctx context.Context, c access.Caller, id string) (account.PlatformApp, error) {
	if err := c.MaySomewhere(access.Read); err != nil {
		return account.PlatformApp{}, err
	}

	p, err := w.platformApp(ctx, id)
	if err == nil && p.Version == 0 {
		err = fault.New(fault.NotFound, "settings.PlatformApp", "the platform has no such app")
	}

	return shownTo(c, p), err
}

// platformApp reads one of the platform's own apps; the zero value if there is none.
func (w *Workspace) platformApp(ctx context.Context, id string) (account.PlatformApp, error) {
	if !platformAppForm.MatchString(id) {
		return account.PlatformApp{}, nil
	}

	return platformApp(ctx, w.store, id)
}

// shownTo returns an app without what its caller may not see.
func shownTo(c access.Caller, p account.PlatformApp) account.PlatformApp {
	if c.May(access.Operate, "") != nil {
		p.App.Last4, p.Untold = "", ""
	}

	return p
}

// platformAppForm is that of an id that people give.
var platformAppForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// PutPlatformApp makes an app of the platform's own, or replaces one that is as seen. The caller must be of the platform. It is tried at its
// provider as a brand's is, and its templates are read there, must be approved, must be of no dearer category than their events, whose
// price brands agree to, and must fit what fills them, or nothing is saved.
//
// A new one is Conflict if a brand's own app has its id, and any if its number is in another place (see unconnected). The accounts that have it send through it as it is now, as soon as an instance has
// read it. Their events are told by its templates once they followed, which sweep completes. A connection that changes gets a webhook with
// another address, beside which the former one goes on for seven days. The provider is told of it once the app is saved: what was made for
// an app that is not saved ends within an hour, and after an error the provider knows of nothing. If it does not take the address, that is
// returned with what is to be done by hand.
//
// Until the provider holds the address the app is marked with that, in the same write that saves it. So a process that ends in between, and
// a provider without an answer, are made up for by putting the same app again: it gets yet another address, since of the one that it has
// only the hash is kept. Those before it end a day after the provider has taken one.
//
// While the app's webhook is being changed by another request, or its number connected, it is Unavailable with a [BusyError].
func (w *Workspace) PutPlatformApp(ctx context.Context, c access.Caller, id string, in PlatformAppInput, seen Seen) (PlatformAppSaved, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return PlatformAppSaved{}, err
	}

	switch {
	case !platformAppForm.MatchString(id):
		return PlatformAppSaved{}, fault.Field("appId", "must be of small letters, digits and hyphens, at most 40")
	case !isLine(in.Name, maxName):
		return PlatformAppSaved{}, fault.Field("name", "must be one line, at most 100 characters")
	}
	if err := in.Unexpected.Check("unexpectedReplies."); err != nil {
		return PlatformAppSaved{}, err
	}

	held, err := w.holdWebhook(ctx, "", id)
	if err != nil {
		return PlatformAppSaved{}, err
	}
	defer w.letGo(ctx, held)

	now, err := w.platformApp(ctx, id)
	if err != nil {
		return PlatformAppSaved{}, err
	}
	if err = seen.checkVersion(now.Version > 0, now.Version); err != nil {
		return PlatformAppSaved{}, err
	}

	if now.Version == 0 {
		if err = w.checkPlatformID(ctx, id, in.Provider); err != nil {
			return PlatformAppSaved{}, err
		}
	}

	return w.putPlatformApp(ctx, c, id, in, now)
}

// checkPlatformID returns a Conflict if a brand's own app has the id, or a webhook of one, by which its callbacks go.
func (w *Workspace) checkPlatformID(ctx context.Context, id, providerName string) error {
	taken := &fault.Error{Kind: fault.Conflict, Op: "settings.checkPlatformID", Field: "appId", Msg: "is that of a brand's own app; take another"}

	tokens, err := w.store.WebhookTokens(ctx, id)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tokens, func(t store.WebhookToken) bool { return t.AccountID != "" }) {
		return taken
	}

	for a, err := range w.usersOf(ctx, providerName, id) {
		if err != nil {
			return err
		}
		if app, installed := a.App(id); installed && app.Ownership != message.Platform {
			return taken
		}
	}

	return nil
}

// putPlatformApp tries and saves an app that is now as given.
func (w *Workspace) putPlatformApp(ctx context.Context, c access.Caller, id string, in PlatformAppInput, now account.PlatformApp) (PlatformAppSaved, error) {
	const op = "settings.PutPlatformApp"

	p, app, err := w.completed(ctx, id, in.ConnectionInput, now)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	out := PlatformAppSaved{Created: now.Version == 0}
	if out.Check, err = w.tried(ctx, op, p, app); err != nil {
		return PlatformAppSaved{}, err
	}

	var held store.Hold

	if app.Number != now.App.Number {
		if held, err = w.hold(ctx, claim{provider: p, app: app, said: out.Check}); err != nil {
			return PlatformAppSaved{}, err
		}
		defer w.letGo(ctx, held)
	}

	if out.Findings, err = w.platformFindings(ctx, p, app, in, now); err != nil {
		return PlatformAppSaved{}, err
	}

	next := account.PlatformApp{App: now.App, Templates: contentsOf(in), Unexpected: in.Unexpected, Untold: now.Untold}
	next.App.ID, next.App.Provider, next.App.Ownership, next.App.Name = id, in.Provider, message.Platform, in.Name
	next.App.Number, next.App.ProviderIDs, next.App.Checked = app.Number, app.ProviderIDs, checkedBy(out.Check, w.clock.Now())

	made, replaced, err := w.reconnect(ctx, p, app, in.ConnectionInput, now, &next)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	if out.PlatformApp, err = w.savePlatformApp(ctx, c, next, now, append(replaced, held)...); err != nil {
		w.takeBack(ctx, made, next, now, err)
		return PlatformAppSaved{}, err
	}

	if made.credential != "" {
		_ = w.store.EndDisposal(context.WithoutCancel(ctx), made.disposal.ID) // else it is found that the app has all of it
	}
	if made.credential != "" || made.token != "" {
		w.announce(ctx, p, made, &out)
	}

	if out.Followed < out.Version {
		_ = w.followTemplates(ctx, c, out.PlatformApp) // else sweep does
	}

	return out, nil
}

// platformFindings checks the templates of an app of the platform's, and warns of those that accounts would miss.
func (w *Workspace) platformFindings(
	ctx context.Context, p provider.Provider, app provider.App, in PlatformAppInput, now account.PlatformApp,
) ([]EventFinding, error) {
	findings, err := w.verifyTemplates(ctx, p, app, in.Templates)
	if err != nil {
		return nil, err
	}

	gone, err := w.withdrawn(ctx, now, in.Templates)

	return append(findings, gone...), err
}

// contentsOf returns the templates of an input by the names of their events.
func contentsOf(in PlatformAppInput) map[string]account.Content {
	contents := map[string]account.Content{}
	for kind, content := range in.Templates {
		contents[kind.String()] = content
	}

	return contents
}

// completed returns the provider, and the app ready for calls, with the secrets that an app which is there has already where none are given.
func (w *Workspace) completed(ctx context.Context, id string, in ConnectionInput, now account.PlatformApp) (connectable, provider.App, error) {
	there := now.Version > 0
	if there && in.Provider != now.App.Provider {
		return nil, provider.App{}, fault.Field("provider", "stays; make another app for another provider")
	}

	if there && in.Credential.IsZero() {
		known, err := w.secretOf(ctx, now.App.Secret)
		if err != nil {
			return nil, provider.App{}, err
		}

		in.Credential = known
	}

	if there && in.Signing.IsZero() && in.Provider != "" {
		hooks, err := w.webhooksOf(ctx, "", id)
		if err != nil {
			return nil, provider.App{}, err
		}

		p, _ := w.providers.Get(in.Provider)
		if f, ok := p.(connectable); ok && f.Form().Signing == provider.SignedByBrand && len(hooks.present) > 0 {
			if in.Signing, err = w.secretOf(ctx, hooks.present[0]); err != nil {
				return nil, provider.App{}, err
			}
		}
	}

	return in.check(w.providers, id)
}

// secretOf reads a secret as Secret Manager has it now; none if there is none of that name.
func (w *Workspace) secretOf(ctx context.Context, name string) (config.Secret, error) {
	w.secrets.Forget(name)

	value, err := w.secrets.Access(ctx, name)
	if NoCredential(err) {
		return config.Secret{}, nil
	}

	return value, err
}

// savePlatformApp writes an app that was read as now, with what is to be written also; Stale if it is another since. What stays as it
// is makes no version.
func (w *Workspace) savePlatformApp(
	ctx context.Context, c access.Caller, next, now account.PlatformApp, also ...store.Also,
) (account.PlatformApp, error) {
	next.Version, next.Followed = now.Version, now.Followed
	if samePlatformApp(next, now) {
		return now, nil
	}

	by := store.Author{Subject: c.Subject, Name: c.Name}

	saved, err := w.store.SavePlatformApp(ctx, next.App.ID, by, w.clock.Now(), func(stored account.PlatformApp) (account.PlatformApp, error) {
		if stored.Version != now.Version {
			return account.PlatformApp{}, fault.New(fault.Stale, "settings.savePlatformApp", "the app was changed since you read it; read it again")
		}

		return next, nil
	}, also...)
	if store.IsConflict(err) {
		return account.PlatformApp{}, fault.Wrap(fault.Unavailable, "settings.savePlatformApp", err)
	}

	return saved, err
}

// samePlatformApp reports whether two states of an app say the same.
func samePlatformApp(a, b account.PlatformApp) bool {
	flat := func(p account.PlatformApp) account.PlatformApp {
		p.App.CredentialAt, p.App.WebhookAt, p.App.SigningAt = p.App.CredentialAt.UTC(), p.App.WebhookAt.UTC(), p.App.SigningAt.UTC()
		p.App.Checked = account.Checked{}

		return p
	}
	x, y := flat(a), flat(b)

	return x.Untold == y.Untold && reflect.DeepEqual(x.App, y.App) && reflect.DeepEqual(x.Unexpected, y.Unexpected) &&
		maps.EqualFunc(x.Templates, y.Templates, func(a, b account.Content) bool { return reflect.DeepEqual(a, b) })
}
