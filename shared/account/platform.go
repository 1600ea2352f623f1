package account

import (
	"maps"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// PlatformApp is an app of the platform's own, which brands send through without credentials of theirs.
type PlatformApp struct {
	// App is the app as accounts install it. Its health is that of the accounts' copies.
	App App `firestore:"app"`
	// Version counts the changes, from 1 on.
	Version int64 `firestore:"version"`
	// Followed is the version whose templates the events of all accounts are told by. While it is behind, they are followed up.
	Followed int64 `firestore:"followed"`
	// Categories are what WhatsApp charged messages of the templates as, by their kinds, when the accounts followed last.
	Categories map[string]billing.Category `firestore:"categories"`
	// Templates are what brands' events are told by, by their kinds.
	Templates map[string]Content `firestore:"templates"`
	// Unexpected is what shoppers are answered by default who write something that nobody expects.
	Unexpected UnexpectedReplies `firestore:"unexpected"`
	// Untold is the id of the webhook token whose address the provider is not known to hold; empty once it holds it, or once a person was
	// shown the address where the provider cannot be told. It is written with the app, before the provider is told.
	Untold string `firestore:"untold,omitempty"`
}

// Notice says in plain sentences what is wrong with the app's webhook, and what to do about it; empty if nothing is.
func (p PlatformApp) Notice() string {
	if p.Untold == "" {
		return ""
	}

	return "The provider has not confirmed the webhook's address, so that reports and replies may not come. " +
		"Save the app once more: the provider is told another address then. If it does not take that either, do what the steps of the answer say."
}

// Installed returns the app as an account has it that installs it at that time.
func (p PlatformApp) Installed(at time.Time) App {
	app := p.App
	app.Ownership, app.InstalledAt = message.Platform, at
	app.CredentialAt, app.WebhookAt, app.SigningAt, app.Last4 = time.Time{}, time.Time{}, time.Time{}, ""

	return app
}

// Following returns the account with its copy of the app as the app is now, of whatever time the copy that is stored with it. The brand's
// own name of the app, its time of install, its health and a later check stay. The account stays as it is if it has no copy, be there an app
// of the brand's own with that id, or if the platform has no such app at its provider.
func (p PlatformApp) Following(a Account) Account {
	was, installed := a.Apps[p.App.ID]
	if !installed || was.Ownership != message.Platform || was.Provider != p.App.Provider || p.Version == 0 {
		return a
	}

	now := p.Installed(was.InstalledAt)
	now.ID, now.Name, now.Health = was.ID, was.Name, was.Health
	if !now.Checked.At.After(was.Checked.At) {
		now.Checked = was.Checked
	}

	now.Checked.Told = was.Checked.Told

	a.Apps = maps.Clone(a.Apps)
	a.Apps[p.App.ID] = now

	return a
}
