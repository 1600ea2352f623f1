package dispatch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// probesAtOnce is how many accounts are probed at the same time, since a provider that hangs takes its time for each.
const probesAtOnce = 16

// sweepAccounts tries apps that cannot send and templates that are held, and lets go what works again.
func (d *Dispatcher) sweepAccounts(ctx context.Context, s *Swept) error {
	last := ""
	var failures []error
	for {
		accounts, err := d.Store.AccountsNeedingAttention(ctx, last, sweepLimit)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		failures = append(failures, d.probeAll(ctx, s, accounts))
		if len(accounts) < sweepLimit {
			return errors.Join(failures...)
		}
		last = accounts[len(accounts)-1].ID
	}
}

// probeAll probes accounts, several at a time.
func (d *Dispatcher) probeAll(ctx context.Context, s *Swept, accounts []account.Account) error {
	var mu sync.Mutex
	var failures []error
	var running sync.WaitGroup
	slots := make(chan struct{}, probesAtOnce)
	for _, a := range accounts {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			var one Swept
			err := d.probe(ctx, &one, a)
			mu.Lock()
			defer mu.Unlock()
			s.Recovered += one.Recovered
			failures = append(failures, err)
		})
	}
	running.Wait()
	return errors.Join(failures...)
}

// probe tries what is unhealthy in one account.
func (d *Dispatcher) probe(ctx context.Context, s *Swept, a account.Account) error {
	now := d.Clock.Now()
	checked := map[string]provider.CheckResult{} // by app id
	for id, app := range a.Apps {
		if app.Health.Healthy() || now.Before(app.Health.RetryAt) {
			continue
		}
		result, err := d.check(ctx, a.ID, id)
		if err != nil {
			return err
		}
		checked[id] = result
	}
	approved := map[string]bool{}
	for _, e := range a.Events {
		if e.Health.Healthy() || now.Before(e.Health.RetryAt) {
			continue
		}
		if _, asked := approved[e.TemplateID]; asked {
			continue
		}
		approved[e.TemplateID] = d.usable(ctx, a, e.TemplateID)
	}
	if len(checked)+len(approved) == 0 {
		return nil
	}
	defer d.accounts.Forget(a.ID)
	return d.Store.ChangeCondition(ctx, a.ID, func(fresh *account.Condition) bool {
		return recovered(fresh, checked, approved, now, s)
	})
}

// usable asks the provider whether a template can be sent again; an error is the provider's to mend.
func (d *Dispatcher) usable(ctx context.Context, a account.Account, templateID string) bool {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.ProviderTimeout)
	defer cancel()
	t, err := d.fetchTemplate(ctx, a.ID, a.Sender, templateID)
	return err == nil && t.Sendable()
}

// recovered takes over into the condition what a probe found out.
func recovered(c *account.Condition, checked map[string]provider.CheckResult, approved map[string]bool, now time.Time, s *Swept) bool {
	changed := false
	for id, result := range checked {
		if !c.CheckApp(id, result.Works(), result.Detail, now) {
			continue
		}
		changed = true
		if result.Works() {
			s.Recovered++
		}
	}

	for id, ok := range approved {
		switch {
		case !ok:
			changed = c.PostponeTemplate(id, now) || changed
		case c.ReleaseTemplate(id, now):
			s.Recovered++
			changed = true
		}
	}

	return changed
}

// check tries an app's credentials. A provider that cannot be asked counts as working once its time has come: the next
// send will tell.
func (d *Dispatcher) check(ctx context.Context, accountID, appID string) (provider.CheckResult, error) {
	a, err := d.accounts.Get(ctx, accountID)
	if err != nil {
		return provider.CheckResult{}, err
	}
	d.Secrets.Forget(a.Apps[appID].Secret) // the brand may have mended it
	app, p, err := d.connect(ctx, accountID, appID)
	if errors.Is(err, store.ErrNotFound) || noCredential(err) {
		return provider.CheckResult{State: provider.CheckInvalidKey, Detail: "There is no credential for the app."}, nil
	}
	if err != nil {
		return provider.CheckResult{}, err
	}
	checker, ok := p.(provider.CredentialChecker)
	if !ok {
		return provider.CheckResult{State: provider.CheckNumberUnconfirmed}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.ProviderTimeout)
	defer cancel()
	return checker.Check(ctx, d.Client, app), nil
}
