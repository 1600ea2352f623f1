package settings_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// press keeps what is published, or fails.
type press struct {
	news []settings.News
	err  error
}

func (p *press) Publish(_ context.Context, m queue.Message) (string, error) {
	var n settings.News
	if err := json.Unmarshal(m.Data, &n); err != nil {
		return "", err
	}
	n.Text = ""
	p.news = append(p.news, n)

	return "", p.err
}

// TestNews tells of each change of an app's health once, and of nothing else. It keeps no change from being made.
func TestNews(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must(o.store.PutAccount(t.Context(), account.Account{
		ID: neem, Sender: appID, Apps: map[string]account.App{appID: {Provider: "gupshup", Ownership: message.Client}},
		Events: map[string]account.Event{"shipment/created": {TemplateID: templated}},
	}))
	var log strings.Builder
	p := &press{}
	options := settings.Options{Clock: o.clock, News: &settings.Newsroom{Publisher: p, Clock: o.clock, Logger: slog.New(slog.NewJSONHandler(&log, nil))}}
	apps := settings.NewApps(options, settings.Deps{Accounts: settings.NewAccounts(o.store, options), Providers: catalog.New(catalog.Config{})})
	ref := settings.Ref{AccountID: neem, AppID: appID, TemplateID: templated}
	balance := message.Failure{Class: message.ClassAccount, Cause: message.CauseBalance}

	for range 2 {
		o.must(apps.NoteFailure(t.Context(), ref, balance, noon))
	}
	o.must(apps.NoteFailure(t.Context(), ref, message.Failure{Class: message.ClassTemplatePaused}, noon))
	o.must(apps.Restore(t.Context(), ref, noon.Add(time.Second)))
	o.must(apps.Suspend(t.Context(), ref, noon.Add(2*time.Second)))
	p.err = errDown
	o.must(apps.Resume(t.Context(), ref, noon.Add(3*time.Second)))

	of := func(before, state account.State, reason message.Cause, second int) settings.News {
		return settings.News{
			Schema: 1, AccountID: neem, AppID: appID, Provider: "gupshup", Ownership: message.Client, Before: before, State: state, Reason: reason,
			At: noon.Add(time.Duration(second) * time.Second),
		}
	}
	want := []settings.News{
		of(account.Fine, account.Held, message.CauseBalance, 0),
		of(account.Held, account.Fine, "", 1),
		of(account.Fine, account.NotAnswering, message.CauseNotAnswering, 2),
		of(account.NotAnswering, account.Fine, "", 3),
	}
	if diff := cmp.Diff(want, p.news); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
	if strings.Count(log.String(), "was not published") != 1 {
		t.Errorf("log: %s", log.String())
	}
	a, err := o.store.Account(t.Context(), neem)
	o.must(err)
	if !a.Apps[appID].Health.Healthy() {
		t.Errorf("what could not be published was not written: %+v", a.Apps)
	}
}
