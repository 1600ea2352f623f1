package account

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// PlatformApp is an app of the platform's own, which brands send through without credentials of theirs.
type PlatformApp struct {
	// App is the app as accounts install it. Its health is that of the accounts' copies.
	App App `firestore:"app"`
	// Version counts the changes, from 1 on.
	Version int64 `firestore:"version"`
	// Templates are what brands' events are told by, by their kinds.
	Templates map[string]Content `firestore:"templates"`
	// Unexpected is what shoppers are answered by default who write something that nobody expects.
	Unexpected UnexpectedReplies `firestore:"unexpected"`
}

// Installed returns the app as an account has it that installs it at that time.
func (p PlatformApp) Installed(at time.Time) App {
	app := p.App
	app.Ownership, app.InstalledAt = message.Platform, at
	app.CredentialAt, app.WebhookAt, app.Last4 = time.Time{}, time.Time{}, ""

	return app
}

// Follow changes an account's copy of the app to what the app is now. The brand's own name of it, its time of install and its health
// stay. It does nothing for an account that has no copy,
// be there an app of the brand's own with its id.
func (p PlatformApp) Follow(a *Account) {
	was, installed := a.App(p.App.ID)
	if !installed || was.Ownership != message.Platform {
		return
	}

	now := p.Installed(was.InstalledAt)
	now.Name, now.Health = was.Name, was.Health
	a.Apps[p.App.ID] = now
}
