package settings

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Verified is an app with what its provider said of it just now.
type Verified struct {
	AppDetail
	Check provider.CheckResult
}

// VerifyApp asks the provider about an app of the brand's own, and notes what it says: an app that was held and works is released, and one
// that is refused is held. One whose callbacks would be refused can send, and is not held for that. A provider without an answer changes
// nothing and is Unavailable.
func (w *Workspace) VerifyApp(ctx context.Context, c access.Caller, accountID, appID string) (Verified, error) {
	const op = "settings.VerifyApp"

	if err := c.May(access.Write, accountID); err != nil {
		return Verified{}, err
	}

	a, err := w.own(ctx, op, accountID, appID)
	if err != nil {
		return Verified{}, err
	}

	conn, err := w.connect(ctx, op, a, appID)
	if err != nil {
		return Verified{}, err
	}

	if conn.App.Signing, err = w.signingOf(ctx, conn.Provider, accountID, appID); err != nil {
		return Verified{}, err
	}

	said, err := w.tried(ctx, op, conn.Provider, conn.App)
	if err != nil && !said.Refused() && !said.Sends() && said.State != provider.CheckNumberMismatch {
		return Verified{}, err
	}

	now := w.clock.Now()
	if err = w.noteCheck(ctx, accountID, appID, said, now); err != nil {
		return Verified{}, err
	}

	d, err := w.App(ctx, c, accountID, appID)
	if said.Signature == provider.SignatureUnproved && d.Witness.After(d.InstalledAt) {
		said.Signature = provider.SignatureProved // by the reports since, which are taken with their signature alone
	}

	return Verified{AppDetail: d, Check: said}, err
}

// noteCheck notes at an account what a provider said of an app, and tells if the app does otherwise since.
func (w *Workspace) noteCheck(ctx context.Context, accountID, appID string, said provider.CheckResult, now time.Time) error {
	var before, after map[string]account.App

	note := func(c *account.Condition) bool { return noteVerified(c, appID, said, now) }

	err := w.store.ChangeCondition(ctx, accountID, watched(note, &before, &after))
	if err == nil {
		w.news.tell(ctx, accountID, before, after, nil)
	}

	return err
}

// noteVerified notes what a provider said of an app that a person asked about.
func noteVerified(c *account.Condition, appID string, said provider.CheckResult, now time.Time) bool {
	checked := checkedBy(said, now)
	if said.State == provider.CheckWrongSigning {
		checked.Confirmed = c.Apps[appID].Checked.Confirmed // it says nothing of the number
	}

	changed := c.NoteCheck(appID, checked)

	switch h := c.Apps[appID].Health; {
	case said.Sends() && !h.Healthy() && !h.NotAnswering():
		return c.CheckApp(appID, true, "", now) || changed
	case said.Refused():
		return c.FailApp(appID, causeOf(said), said.Detail, now, now, 0) || changed
	default:
		return changed
	}
}

// causeOf returns why an app is unhealthy that its provider refuses.
func causeOf(said provider.CheckResult) message.Cause {
	if said.State == provider.CheckInvalidKey {
		return message.CauseCredentials
	}

	return message.CauseBlocked
}
